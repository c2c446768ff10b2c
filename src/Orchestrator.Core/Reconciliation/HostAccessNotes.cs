namespace Orchestrator.Core.Reconciliation;

/// <summary>How hosts come to be let in. It changes nothing here; the journal says who let in whom.</summary>
internal static class HostAccessNotes
{
    public static CellAnswer Note(CellDraft draft, CellInput.NoteHostAccess noted, DateTimeOffset now)
    {
        var host = noted.Host?.Value ?? "any host";
        var (action, reason) = noted.Access switch
        {
            HostAccess.TokenCreated => ("host-token.created", $"token {noted.Token}"),
            HostAccess.TokenRevoked => ("host-token.revoked", $"token {noted.Token}"),
            HostAccess.Enrolled => ("host.enrolled", $"by token {noted.Token}"),
            HostAccess.Forgotten => ("host.forgotten", ""),
            _ => throw new ArgumentOutOfRangeException(nameof(noted)),
        };
        draft.Record(now, noted.Actor, action, host, reason);
        return new CellAnswer.Accepted(host, "noted");
    }
}
