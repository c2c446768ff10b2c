using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.ControlPlane.Api;

/// <summary>Says what is wrong with a request that could not be read, in the words of who wrote it instead of our types'.</summary>
internal static partial class MalformedRequest
{
    public static string Describe(BadHttpRequestException bad) =>
        bad.InnerException is JsonException json
            ? Describe(json)
            : Parameter().Replace(bad.Message, "'${value}' is no ${name}.");

    private static string Describe(JsonException json)
    {
        if (Missing().Match(json.Message) is { Success: true } missing)
        {
            return $"The body lacks {missing.Groups["names"].Value}.";
        }

        var line = (json.LineNumber ?? 0) + 1;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The body is not what is expected: {What(json)}, in line {line}."
        );
    }

    private static string What(JsonException json)
    {
        if (Unmapped().Match(json.Message) is { Success: true } unmapped)
        {
            return $"there is no '{unmapped.Groups["name"].Value}'";
        }

        // What the reader itself says names no types of ours.
        return json.InnerException is JsonException
            ? Syntax().Match(json.Message).Value
            : $"{json.Path} cannot be read";
    }

    [GeneratedRegex("""^Failed to bind parameter "(Nullable<)?\w+>? (?<name>\w+)" from "(?<value>.*)"\.$""", Options)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"was missing required properties including: (?<names>.+)\.$", Options)]
    private static partial Regex Missing();

    [GeneratedRegex(@"^The JSON property '(?<name>[^']+)' could not be mapped", Options)]
    private static partial Regex Unmapped();

    [GeneratedRegex(@"^[^.]+", Options)]
    private static partial Regex Syntax();

    private const RegexOptions Options =
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;
}
