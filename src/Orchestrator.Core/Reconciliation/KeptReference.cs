using Orchestrator.Core.Judging;

namespace Orchestrator.Core.Reconciliation;

/// <summary>A page of a stage's A/A phase.</summary>
public sealed record KeptReference(ServiceName Service, StageName Stage, ReferencePage Page);
