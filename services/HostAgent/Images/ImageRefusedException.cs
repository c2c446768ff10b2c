namespace Orchestrator.HostAgent.Images;

/// <summary>An image that is missing, damaged, hostile or of a kind we cannot run. The message is for people.</summary>
internal sealed class ImageRefusedException(string message) : Exception(message);
