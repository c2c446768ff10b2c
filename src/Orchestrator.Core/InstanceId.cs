using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary><c>service.stage.number</c>: one placed copy. A number is never used again within its service and stage.</summary>
public sealed record InstanceId : Identifier
{
    private InstanceId(string value)
        : base(value) { }

    public static InstanceId Of(ServiceName service, StageName stage, long number) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{service}.{stage}.{number}"));

    public static bool TryParse(string? text, [NotNullWhen(true)] out InstanceId? id)
    {
        var parts = text?.Split('.') ?? [];
        id =
            parts.Length == 3
            && ServiceName.TryParse(parts[0], out var service)
            && StageName.TryParse(parts[1], out var stage)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? Of(service, stage, number)
                : null;
        return id is not null;
    }

    /// <exception cref="FormatException">The text is not an instance id.</exception>
    public static InstanceId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not service.stage.number.");
}
