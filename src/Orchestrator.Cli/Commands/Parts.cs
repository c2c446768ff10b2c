using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Orchestrator.Cli.Commands;

/// <summary>Options and arguments that several commands share.</summary>
internal static class Parts
{
    public static Argument<string> Name(string name, string description) => new(name) { Description = description };

    public static Argument<string?> OptionalName(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };

    public static Option<string?> Text(string name, string valueName, string description) =>
        new(name) { Description = description, HelpName = valueName };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>Null when not given: no limit.</summary>
    public static Option<TimeSpan?> Timeout(string description, TimeSpan? otherwise) =>
        Duration("--timeout", description, otherwise);

    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan? otherwise) =>
        new(name)
        {
            Description = description,
            HelpName = "DURATION",
            CustomParser = ParseDuration,
            DefaultValueFactory = _ => otherwise,
        };

    public static Option<long?> Count(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                {
                    return count;
                }

                result.AddError($"'{text}' is not a number from 0 up ({name}).");
                return null;
            },
        };

    private static TimeSpan? ParseDuration(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        var number = text.AsSpan(0, Math.Max(0, text.Length - 1));
        TimeSpan? unit =
            text.Length < 2
                ? null
                : text[^1] switch
                {
                    's' => TimeSpan.FromSeconds(1),
                    'm' => TimeSpan.FromMinutes(1),
                    'h' => TimeSpan.FromHours(1),
                    _ => null,
                };
        // Ten digits of hours would overflow; nobody waits for more than four.
        if (
            unit is { } size
            && number.Length <= 4
            && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
        {
            return size * count;
        }

        result.AddError($"'{text}' is not a duration: write 90s, 10m or 2h.");
        return null;
    }
}
