using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Core;

/// <summary><c>line/number</c>: one dated departure. Numbers of a line count up from 1.</summary>
public sealed record TrainId : Identifier
{
    private TrainId(LineName line, long number)
        : base(string.Create(CultureInfo.InvariantCulture, $"{line}/{number}")) => (Line, Number) = (line, number);

    public LineName Line { get; }

    public long Number { get; }

    public bool Equals(TrainId? other) => base.Equals(other);

    public override int GetHashCode() => base.GetHashCode();

    public static TrainId Of(LineName line, long number) => new(line, number);

    public static bool TryParse(string? text, [NotNullWhen(true)] out TrainId? id)
    {
        var parts = text?.Split('/') ?? [];
        id =
            parts.Length == 2
            && LineName.TryParse(parts[0], out var line)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? new TrainId(line, number)
                : null;
        return id is not null;
    }

    /// <exception cref="FormatException">The text is not a train id.</exception>
    public static TrainId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not line/number.");
}
