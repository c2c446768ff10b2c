using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Following;

/// <summary>Where a published version got to. What <c>publish --wait</c> prints last.</summary>
/// <param name="Outcome"><c>arrived</c>, <c>failed</c>, <c>waiting</c> (for a person) or <c>timed_out</c>.</param>
/// <param name="Train">Null before it boarded one.</param>
internal sealed record Journey(
    PublishResult Published,
    string Outcome,
    string Summary,
    TrainView? Train,
    IReadOnlyList<RolloutView> Rollouts,
    string Next
);

/// <summary>The whole fleet at a glance.</summary>
/// <param name="WaitingForPerson">Rollouts that go on only when somebody decides.</param>
internal sealed record StatusView(
    string Address,
    IReadOnlyList<HostView> Hosts,
    IReadOnlyList<DeploymentView> Deployments,
    IReadOnlyList<RolloutView> Active,
    IReadOnlyList<RolloutView> WaitingForPerson,
    IReadOnlyList<LineView> Lines,
    IReadOnlyList<TrainView> ToReview,
    IReadOnlyList<WindowView> Closed
);

internal sealed record ProgramVersion(string Version, string Runtime);
