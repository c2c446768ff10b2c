using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary>
/// <c>line/number/stage</c>: a train's first car at one stage. A coupled car adds its service:
/// <c>line/number/stage/service</c>.
/// </summary>
public sealed record RolloutId : Identifier
{
    private const int Parts = 4;

    private RolloutId(TrainId train, StageName stage, ServiceName? coupled)
        : base(coupled is null ? $"{train}/{stage}" : $"{train}/{stage}/{coupled}") =>
        (Train, Stage, Coupled) = (train, stage, coupled);

    public TrainId Train { get; }

    public StageName Stage { get; }

    /// <summary>The service of a coupled car; null for a train's first one.</summary>
    public ServiceName? Coupled { get; }

    public bool Equals(RolloutId? other) => base.Equals(other);

    public override int GetHashCode() => base.GetHashCode();

    public static RolloutId Of(TrainId train, StageName stage) => new(train, stage, coupled: null);

    public static RolloutId Of(TrainId train, StageName stage, ServiceName coupled) => new(train, stage, coupled);

    public static bool TryParse(string? text, [NotNullWhen(true)] out RolloutId? id)
    {
        id = null;
        var parts = text?.Split('/') ?? [];
        ServiceName? coupled = null;
        if (
            parts.Length is Parts - 1 or Parts
            && TrainId.TryParse($"{parts[0]}/{parts[1]}", out var train)
            && StageName.TryParse(parts[2], out var stage)
            && (parts.Length < Parts || ServiceName.TryParse(parts[^1], out coupled))
        )
        {
            id = new RolloutId(train, stage, coupled);
        }

        return id is not null;
    }

    /// <exception cref="FormatException">The text is not a rollout id.</exception>
    public static RolloutId Parse(string text) =>
        TryParse(text, out var id)
            ? id
            : throw new FormatException($"'{text}' is neither line/number/stage nor line/number/stage/service.");
}
