using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Core;

/// <summary><c>line/number/stage</c>: a train's car at one stage.</summary>
public sealed record RolloutId : Identifier
{
    private RolloutId(TrainId train, StageName stage)
        : base($"{train}/{stage}") => (Train, Stage) = (train, stage);

    public TrainId Train { get; }

    public StageName Stage { get; }

    public static RolloutId Of(TrainId train, StageName stage) => new(train, stage);

    public static bool TryParse(string? text, [NotNullWhen(true)] out RolloutId? id)
    {
        id = null;
        if (
            text?.LastIndexOf('/') is { } cut and > 0
            && TrainId.TryParse(text[..cut], out var train)
            && StageName.TryParse(text[(cut + 1)..], out var stage)
        )
        {
            id = new RolloutId(train, stage);
        }

        return id is not null;
    }

    /// <exception cref="FormatException">The text is not a rollout id.</exception>
    public static RolloutId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not line/number/stage.");
}
