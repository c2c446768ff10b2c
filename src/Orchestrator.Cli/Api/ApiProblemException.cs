using Orchestrator.Contracts.Http;

namespace Orchestrator.Cli.Api;

/// <summary>The control plane answered with a problem.</summary>
internal sealed class ApiProblemException(Problem problem) : Exception(problem.Title)
{
    private const string PlanStale = "plan_stale";
    private const int NotFoundStatus = 404;
    private const int RequestTimeoutStatus = 408;
    private const int GatewayTimeoutStatus = 504;
    private const int FirstServerError = 500;

    public Problem Problem { get; } = problem;

    public bool IsNotFound => Problem.Status == NotFoundStatus;

    /// <summary>The fault is the server's, so the same request may succeed later.</summary>
    public bool IsTransient => Problem.Status >= FirstServerError;

    public int ExitCode =>
        Problem switch
        {
            { Code: PlanStale } => Cli.ExitCode.StalePlan,
            { Status: RequestTimeoutStatus or GatewayTimeoutStatus } => Cli.ExitCode.TimedOut,
            { Status: >= FirstServerError } => Cli.ExitCode.Failed,
            _ => Cli.ExitCode.Refused,
        };
}
