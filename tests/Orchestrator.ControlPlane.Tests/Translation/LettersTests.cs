using System.Collections.Immutable;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Tests.Translation;

public sealed class LettersTests
{
    private static readonly HostId Host = HostId.Parse("h1");

    private static readonly Cell AtRevisionFive = Cell.Empty with
    {
        Assignments = ImmutableSortedDictionary<HostId, AssignmentLevel>.Empty.Add(Host, new AssignmentLevel(Host, 5)),
        RouteRevision = 5,
    };

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void An_assignment_says_what_the_cell_holds_by_now(long owed)
    {
        var letter = Letters.From(new CellCommand.Assign(Host, owed), epoch: 1);

        var command = Letters.Compose(letter, AtRevisionFive, epoch: 2);

        Assert.Equal("host-h1", command?.Queue);
        var assign = Assert.IsType<AssignHost>(command?.Message);
        Assert.Equal((2L, 5L), (assign.Epoch, assign.Revision));
    }

    [Fact]
    public void What_the_cell_does_not_hold_yet_is_not_said()
    {
        var assignment = Letters.From(new CellCommand.Assign(Host, Revision: 6), epoch: 1);
        var routes = Letters.From(new CellCommand.Route(GatewayId.Parse("g1"), Revision: 6), epoch: 1);

        Assert.Null(Letters.Compose(assignment, AtRevisionFive, epoch: 1));
        Assert.Null(Letters.Compose(routes, AtRevisionFive, epoch: 1));
    }

    [Fact]
    public void A_table_goes_to_its_gateway_and_a_request_for_a_report_changes_nothing()
    {
        var routes = Letters.From(new CellCommand.Route(GatewayId.Parse("g1"), Revision: 5), epoch: 1);
        var request = Letters.From(new CellCommand.AskReport(Host), epoch: 1);

        var table = Letters.Compose(routes, AtRevisionFive, epoch: 3);
        var asked = Letters.Compose(request, Cell.Empty, epoch: 3);

        Assert.Equal(("gateway-g1", Letters.QueueOf(routes)), (table?.Queue, table?.Queue));
        Assert.Equal(5, Assert.IsType<RouteTable>(table?.Message).Revision);
        Assert.Equal(("host-h1", Letters.QueueOf(request)), (asked?.Queue, asked?.Queue));
        Assert.Equal(0, Assert.IsType<AssignHost>(asked?.Message).Epoch);
    }
}
