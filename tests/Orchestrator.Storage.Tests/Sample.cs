using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Storage.Tests;

/// <summary>Makes a value of any type of Core by reflection, every member filled with something of its own.</summary>
internal sealed class Sample
{
    private readonly bool _hasNulls;
    private int _count;

    private Sample(bool hasNulls) => _hasNulls = hasNulls;

    public static T Of<T>() => (T)Of(typeof(T), hasNulls: false);

    /// <param name="hasNulls">Whether members that may be null are.</param>
    public static object Of(Type type, bool hasNulls) => new Sample(hasNulls).Make(type);

    /// <summary>The abstract types of Core with their cases nested in them.</summary>
    public static IEnumerable<Type> Families =>
        typeof(Identifier).Assembly.GetExportedTypes().Where(type => type.IsAbstract && CasesOf(type).Any());

    public static IEnumerable<Type> CasesOf(Type family) =>
        family.GetNestedTypes().Where(nested => nested.IsSubclassOf(family)).OrderBy(nested => nested.Name);

    private object Make(Type type)
    {
        _count++;
        return type switch
        {
            _ when Nullable.GetUnderlyingType(type) is { } underlying => Make(underlying),
            _ when type.IsEnum => Enum.GetValues(type).GetValue(_count % Enum.GetValues(type).Length)!,
            _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) => MakeArray(type),
            _ when type.IsAssignableTo(typeof(IDictionary)) => MakeDictionary(type),
            _ when type == typeof(IReadOnlyList<MetricObservation>) => new List<MetricObservation>
            {
                MakeObservation(),
            },
            _ when type == typeof(ObservationLog) => ObservationLog.Of([MakeObservation()], pages: 0),
            _ when type.IsAbstract => Make(CasesOf(type).First(@case => !HoldsOne(@case, type))),
            _ => MakeText(type) ?? MakeSimple(type) ?? MakeRecord(type),
        };
    }

    private MetricObservation MakeObservation() => (MetricObservation)Make(typeof(MetricObservation));

    private static bool HoldsOne(Type @case, Type family) =>
        @case.GetConstructors().Any(made => made.GetParameters().Any(parameter => parameter.ParameterType == family));

    private object? MakeText(Type type)
    {
        var texts = new Dictionary<Type, string>
        {
            [typeof(ImageReference)] = $"registry:5000/shop/n{_count}@sha256:{new string('a', 64)}",
            [typeof(InstanceId)] = $"shop.prod.{_count}",
            [typeof(RolloutId)] = $"shop/{_count}/prod",
            [typeof(SemanticVersion)] = $"1.{_count}.0-rc.1",
            [typeof(TrainId)] = $"shop/{_count}",
        };
        var parse = type.GetMethod("Parse", [typeof(string)]);
        return type.Assembly == typeof(Identifier).Assembly && parse is not null
            ? parse.Invoke(null, [texts.GetValueOrDefault(type, $"n{_count}")])
            : null;
    }

    private object? MakeSimple(Type type) =>
        type switch
        {
            _ when type == typeof(string) => $"\"{_count}\" <ü☃>\n$type",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => _count,
            _ when type == typeof(long) => long.MaxValue - _count,
            _ when type == typeof(double) => _count / 3.0,
            _ when type == typeof(TimeSpan) => new TimeSpan(_count, 1, 2, 3, 4, 5),
            _ when type == typeof(DateTime) => new DateTime(2026, 1, 1, 17, 30, _count % 60, DateTimeKind.Unspecified),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(
                2026,
                1,
                1,
                0,
                0,
                0,
                TimeSpan.FromHours(2)
            ).AddTicks(_count),
            _ => null,
        };

    private object MakeArray(Type type)
    {
        var element = type.GetGenericArguments()[0];
        var items = Array.CreateInstance(element, length: 2);
        items.SetValue(Make(element), 0);
        items.SetValue(Make(element), 1);
        return typeof(ImmutableArray)
            .GetMethods()
            .Single(method => method.Name == nameof(ImmutableArray.CreateRange) && method.GetParameters().Length == 1)
            .MakeGenericMethod(element)
            .Invoke(null, [items])!;
    }

    private object MakeDictionary(Type type)
    {
        var arguments = type.GetGenericArguments();
        var empty = type.GetField("Empty")!.GetValue(null)!;
        return type.GetMethod("Add", arguments)!.Invoke(empty, [Make(arguments[0]), Make(arguments[1])])!;
    }

    private object MakeRecord(Type type)
    {
        var constructor = type.GetConstructors()
            .OrderByDescending(made => made.GetParameters().Length)
            .FirstOrDefault();
        var parameters = constructor?.GetParameters() ?? [];
        var made =
            constructor is null || parameters.Length == 0
                ? Activator.CreateInstance(type)!
                : constructor.Invoke([.. parameters.Select(MakeParameter)]);
        var rest = type.GetProperties()
            .Where(property =>
                property.SetMethod is not null && parameters.All(parameter => parameter.Name != property.Name)
            );
        foreach (var property in rest)
        {
            var isNull =
                _hasNulls && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
            property.SetValue(made, isNull ? null : Make(property.PropertyType));
        }

        return made;
    }

    private object? MakeParameter(ParameterInfo parameter) =>
        _hasNulls && new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable
            ? null
            : Make(parameter.ParameterType);
}

/// <summary>Writes a value out member by member, so that two can be compared and the difference seen.</summary>
internal static class Structure
{
    public static string Of(object? value) =>
        value switch
        {
            null => "null",
            string text => text,
            DateTimeOffset instant => instant.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            DateTime wall => wall.ToString("O", CultureInfo.InvariantCulture),
            InstanceTable table => Of(table.Values),
            Identifier or InstanceId or SemanticVersion or ImageReference => $"{value.GetType().Name} {value}",
            IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
            _ when value.GetType().IsPrimitive || value is Enum or TimeSpan => string.Create(
                CultureInfo.InvariantCulture,
                $"{value}"
            ),
            _ => $"{value.GetType().Name} {{ {string.Join(", ", Members(value))} }}",
        };

    private static IEnumerable<string> Members(object value) =>
        value
            .GetType()
            .GetProperties()
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name} = {Of(property.GetValue(value))}");
}
