using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Core;

namespace Orchestrator.ControlPlane.Api;

/// <summary>How a path names a rollout.</summary>
/// <param name="Car">The service of a coupled car; null for the train's first one.</param>
internal sealed record RolloutAddress(
    [property: FromRoute] string Line,
    [property: FromRoute] string Number,
    [property: FromRoute] string Stage,
    [property: FromQuery] string? Car
)
{
    public const string Path = "/v1/rollouts/{line}/{number}/{stage}";

    public bool TryRead([NotNullWhen(true)] out RolloutId? id) => RolloutId.TryParse(ToString(), out id);

    public IResult Unknown() => Problems.NotFound("rollout", ToString(), "See the rollouts: orc get rollouts");

    public override string ToString() => Car is null ? $"{Line}/{Number}/{Stage}" : $"{Line}/{Number}/{Stage}/{Car}";
}
