namespace Orchestrator.Manifests.Tests;

/// <summary>For tests that measure: nothing else runs at the same time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
