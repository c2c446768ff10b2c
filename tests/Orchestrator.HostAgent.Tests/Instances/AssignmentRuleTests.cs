using Orchestrator.Contracts.Bus;
using Orchestrator.HostAgent.Assignments;
using static Orchestrator.HostAgent.Tests.Support.Samples;

namespace Orchestrator.HostAgent.Tests.Instances;

public sealed class AssignmentRuleTests
{
    private static readonly AssignHost Held = AnAssignment("h1", revision: 5) with { Epoch = 3 };

    [Theory]
    [InlineData(3, 6)]
    [InlineData(3, 5)]
    [InlineData(4, 1)]
    public void The_same_or_a_newer_assignment_is_taken(long epoch, long revision) =>
        Assert.IsType<AssignmentAnswer.Accepted>(Answer(Held with { Epoch = epoch, Revision = revision }));

    [Theory]
    [InlineData(3, 4, "revision 4 is below 5")]
    [InlineData(2, 9, "epoch 2 is below 3")]
    public void An_older_one_is_refused(long epoch, long revision, string reason) =>
        Assert.Equal(new AssignmentAnswer.Refused(reason), Answer(Held with { Epoch = epoch, Revision = revision }));

    [Fact]
    public void One_for_another_host_is_refused() =>
        Assert.Equal(new AssignmentAnswer.Refused("it is for host 'h2'"), Answer(Held with { HostId = "h2" }));

    [Theory]
    [InlineData("../../etc")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData(".")]
    [InlineData("Cart.prod.1")]
    public void An_id_that_could_lead_out_of_a_directory_is_refused(string instanceId) =>
        Assert.Equal(
            new AssignmentAnswer.Refused($"'{instanceId}' is not an instance's id"),
            Answer(Held with { Instances = [AnInstance(instanceId)] })
        );

    [Fact]
    public void An_instance_twice_is_refused() =>
        Assert.Equal(
            new AssignmentAnswer.Refused("it has 'cart.prod.1' twice"),
            Answer(Held with { Instances = [AnInstance("cart.prod.1"), AnInstance("cart.prod.1")] })
        );

    private static AssignmentAnswer Answer(AssignHost offered) => AssignmentRule.Answer("h1", Held, offered);
}
