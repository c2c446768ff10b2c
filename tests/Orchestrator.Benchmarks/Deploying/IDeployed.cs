namespace Orchestrator.Benchmarks.Deploying;

/// <summary>An orchestrator that runs twenty instances of busybox on this machine.</summary>
internal interface IDeployed : IAsyncDisposable
{
    /// <summary>From the request until all run and are ready.</summary>
    Task<TimeSpan> DeployAsync();

    /// <summary>Changes a variable of all, five at a time: from the request until all run with it, and none without.</summary>
    Task<TimeSpan> RollAsync();

    /// <summary>Kills the first process of one with SIGKILL: until there are twenty that run again.</summary>
    Task<TimeSpan> ReplaceAsync();
}
