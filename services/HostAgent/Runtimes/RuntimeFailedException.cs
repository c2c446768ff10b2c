namespace Orchestrator.HostAgent.Runtimes;

/// <summary>A container runtime could not do what it was asked. The message is for people.</summary>
internal sealed class RuntimeFailedException : Exception
{
    public RuntimeFailedException(string message)
        : base(message) { }

    public RuntimeFailedException(string message, Exception innerException)
        : base(message, innerException) { }
}
