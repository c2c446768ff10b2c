namespace Orchestrator.HostAgent.Enrolment;

/// <summary>The host has not joined; says why, and what to do.</summary>
internal sealed class JoinFailedException(int exitCode, string message, string hint) : Exception(message)
{
    /// <summary>As <c>orc</c> has them: 1 failed, 2 usage, 4 refused.</summary>
    public const int Failed = 1;

    public const int Usage = 2;
    public const int Refused = 4;

    public int ExitCode => exitCode;

    public string Hint => hint;
}
