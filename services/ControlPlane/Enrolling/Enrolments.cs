using Orchestrator.Contracts.Http;
using Orchestrator.ControlPlane.Auth;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Hosting;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Enrolling;

/// <summary>What came of a join.</summary>
internal abstract record Enrolment
{
    private Enrolment() { }

    public sealed record Done(JoinAnswer Answer) : Enrolment;

    public sealed record Refused : Enrolment;

    public sealed record NeedsName : Enrolment;
}

/// <summary>Lets hosts in and puts them out: a token is used up, it is written down, and the broker gets or loses a user.</summary>
internal sealed class Enrolments(
    Database database,
    BrokerUsers users,
    Conductor conductor,
    ControlPlaneOptions options,
    TimeProvider clock
)
{
    public async Task<Enrolment> JoinAsync(string secret, HostId host, CancellationToken cancellationToken)
    {
        var use = await HostTokens.TakeAsync(
            database,
            options.Cell,
            Tokens.HashOf(secret),
            host.Value,
            conductor.Current.Cell.Hosts.ContainsKey(host),
            clock.GetUtcNow(),
            cancellationToken
        );
        switch (use)
        {
            case HostTokenUse.Refused:
                return new Enrolment.Refused();
            case HostTokenUse.NeedsName:
                return new Enrolment.NeedsName();
            case HostTokenUse.Taken(var token):
                return new Enrolment.Done(await LetInAsync(token, host));
            default:
                throw new InvalidOperationException($"Unknown outcome {use.GetType().Name}.");
        }
    }

    /// <summary>False when it never joined.</summary>
    public async Task<bool> ForgetAsync(string actor, HostId host, CancellationToken cancellationToken)
    {
        if (!await HostTokens.HasJoinedAsync(database, options.Cell, host.Value, cancellationToken))
        {
            return false;
        }

        await NoteAsync(actor, HostAccess.Forgotten, host, token: "", cancellationToken);
        // Last, so that who fails half-way can ask again.
        await users.DeleteAsync(host.Value, cancellationToken);
        await HostTokens.ForgetAsync(database, options.Cell, host.Value, cancellationToken);
        return true;
    }

    public async Task NoteAsync(
        string actor,
        HostAccess access,
        HostId? host,
        string token,
        CancellationToken cancellationToken
    ) => await conductor.AskAsync(new CellInput.NoteHostAccess(actor, access, host, token), cancellationToken);

    /// <summary>To its end even if whoever asked has gone: half of it would use the token up for nothing.</summary>
    private async Task<JoinAnswer> LetInAsync(HostToken token, HostId host)
    {
        var password = SignIns.NewSecret();
        try
        {
            await NoteAsync(host.Value, HostAccess.Enrolled, host, token.Id, CancellationToken.None);
            await users.ReplaceAsync(host.Value, password, CancellationToken.None);
        }
        catch
        {
            await HostTokens.GiveBackAsync(database, options.Cell, token.Id, CancellationToken.None);
            throw;
        }

        return new JoinAnswer
        {
            Host = host.Value,
            Cell = options.Cell,
            BrokerHost = options.Enrolment.BrokerHost,
            BrokerPort = options.Enrolment.BrokerPort,
            VirtualHost = options.Enrolment.VirtualHost,
            User = BrokerUsers.NameOf(host.Value),
            Password = password,
            GatewayUrl = options.Enrolment.GatewayUrl,
        };
    }
}
