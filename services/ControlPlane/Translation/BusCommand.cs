namespace Orchestrator.ControlPlane.Translation;

/// <summary>A message for a queue. Each carries the whole level, so one that is newer replaces one that waits.</summary>
internal sealed record BusCommand(string Queue, object Message);
