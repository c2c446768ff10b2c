using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Orchestrator.Simulation;

/// <summary>Says values in one line each: records by what they hold, what has words of its own by these.</summary>
internal sealed class Telling(DateTimeOffset start)
{
    public string Say(object? value) =>
        value switch
        {
            null => "-",
            string text => text.Length == 0 ? "''" : text,
            DateTimeOffset at => at.Year is 1 or 9999 ? "never" : Say(at - start),
            TimeSpan time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
            IDictionary map => $"[{string.Join(", ", Pairs(map))}]",
            IEnumerable many => $"[{string.Join(", ", many.Cast<object?>().Select(Say))}]",
            double number => number.ToString("G4", CultureInfo.InvariantCulture),
            _ when HasOnlyParts(value.GetType()) => $"{value.GetType().Name} ({string.Join(", ", Parts(value))})",
            IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };

    private IEnumerable<string> Pairs(IDictionary map)
    {
        foreach (DictionaryEntry entry in map)
        {
            yield return $"{Say(entry.Key)} {Say(entry.Value)}";
        }
    }

    private IEnumerable<string> Parts(object value) =>
        value
            .GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0)
            .Select(property => $"{property.Name} {Say(property.GetValue(value))}");

    /// <summary>Of a record whose words are those that the compiler makes.</summary>
    private static bool HasOnlyParts(Type type) =>
        type.GetMethod(nameof(ToString), Type.EmptyTypes)?.GetCustomAttribute<CompilerGeneratedAttribute>() is not null;
}
