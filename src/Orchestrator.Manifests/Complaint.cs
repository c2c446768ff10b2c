namespace Orchestrator.Manifests;

/// <summary>What is wrong and what to do about it, wherever that is.</summary>
internal readonly record struct Complaint(string Code, string Message, string Hint);
