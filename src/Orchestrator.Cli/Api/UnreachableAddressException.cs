namespace Orchestrator.Cli.Api;

/// <summary>Nothing answered at the address, or it broke off, or it took too long.</summary>
internal sealed class UnreachableAddressException(string message, bool isTimeout, Exception inner)
    : Exception(message, inner)
{
    public bool IsTimeout { get; } = isTimeout;
}
