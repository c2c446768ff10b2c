namespace Orchestrator.Contracts.Http;

/// <summary>GET /v1/journal/verify: whether the hash chain holds from the first entry to the last.</summary>
/// <param name="Entries">How many entries were read.</param>
/// <param name="BrokenAt">Sequence of the first entry that does not fit; 0 when the chain holds.</param>
public sealed record JournalCheck(bool IsIntact, long Entries, long BrokenAt);
