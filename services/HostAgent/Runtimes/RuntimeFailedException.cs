namespace Orchestrator.HostAgent.Runtimes;

/// <summary>A container runtime could not do what it was asked. The message is for people.</summary>
internal sealed class RuntimeFailedException(string message) : Exception(message);
