using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Simulation;

/// <summary>Who was heard when, and what was counted once already.</summary>
public sealed class ContactsTests
{
    private static readonly DateTimeOffset Start = World.Start;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly HostId H1 = HostId.Parse("h1");
    private static readonly HostId H2 = HostId.Parse("h2");
    private static readonly GatewayId Gateway = GatewayId.Parse("g1");

    private readonly Contacts _contacts = new(Start);

    [Fact]
    public void Samples_count_once_in_their_order_and_anew_after_a_restart_of_the_gateway()
    {
        Assert.True(_contacts.CountsFirst(Gateway, "a", 1));
        Assert.False(_contacts.CountsFirst(Gateway, "a", 1));
        Assert.True(_contacts.CountsFirst(Gateway, "a", 5));
        Assert.False(_contacts.CountsFirst(Gateway, "a", 4));
        Assert.True(_contacts.CountsFirst(GatewayId.Parse("g2"), "a", 1));
        Assert.True(_contacts.CountsFirst(Gateway, "b", 1));
        Assert.False(_contacts.CountsFirst(Gateway, "b", 1));
    }

    [Fact]
    public void Of_a_gateway_that_is_gone_nothing_is_kept()
    {
        _contacts.Heard(
            new GatewayContact
            {
                Id = Gateway,
                Session = "a",
                Epoch = 1,
                Revision = 1,
                Busy = [],
                HeardAt = Start,
                TableSentAt = Start,
            }
        );
        _contacts.CountsFirst(Gateway, "a", 5);

        _contacts.Forget(Gateway);

        Assert.Empty(_contacts.Gateways);
        Assert.Null(_contacts.Find(Gateway));
        Assert.True(_contacts.CountsFirst(Gateway, "a", 5));
    }

    [Fact]
    public void A_host_that_was_never_heard_is_silent_since_the_beginning()
    {
        _contacts.Heard(H1, Start + Minute);
        _contacts.Listen(Minute * 3, Start + (Minute * 2));

        Assert.Equal(Start, _contacts.LastHeard(H2));
        Assert.Equal(Minute * 2, _contacts.SilenceOf(H2, Start + (Minute * 2)));
        Assert.Equal(Minute, _contacts.SilenceOf(H1, Start + (Minute * 2)));
    }

    /// <summary>The last heard of them was heard just within the time.</summary>
    [Fact]
    public void Where_nobody_is_heard_for_longer_than_that_silence_begins_anew()
    {
        _contacts.Heard(H1, Start);
        _contacts.Heard(H2, Start + Minute);
        _contacts.Listen(Minute, Start + Minute);
        _contacts.Listen(Minute, Start + (Minute * 2));
        Assert.Equal(Minute * 2, _contacts.SilenceOf(H1, Start + (Minute * 2)));

        var deaf = Start + (Minute * 2) + TimeSpan.FromTicks(1);
        _contacts.Listen(Minute, deaf);

        Assert.Equal(deaf, _contacts.ListeningSince);
        Assert.Equal(TimeSpan.Zero, _contacts.SilenceOf(H1, deaf));
    }

    [Fact]
    public void Whoever_stood_still_for_longer_than_that_heard_nobody()
    {
        _contacts.Listen(Minute, Start + Minute);
        _contacts.Heard(H1, Start + (Minute * 3));
        _contacts.Listen(Minute, Start + (Minute * 3));

        Assert.Equal(Start + (Minute * 3), _contacts.ListeningSince);
        Assert.Equal(TimeSpan.Zero, _contacts.SilenceOf(H2, Start + (Minute * 3)));
    }

    [Fact]
    public void What_was_sent_is_sent_again_after_the_pause()
    {
        Assert.True(_contacts.MaySend(H1, Minute, Start));
        Assert.False(_contacts.MaySend(H1, Minute, Start + Minute - TimeSpan.FromTicks(1)));
        Assert.True(_contacts.MaySend(H2, Minute, Start));
        Assert.True(_contacts.MaySend(H1, Minute, Start + Minute));
        Assert.False(_contacts.MaySend(H1, Minute, Start + Minute));
        _contacts.Sent(H1, Start + (Minute * 2));
        Assert.False(_contacts.MaySend(H1, Minute, Start + (Minute * 2) + (Minute / 2)));
    }
}
