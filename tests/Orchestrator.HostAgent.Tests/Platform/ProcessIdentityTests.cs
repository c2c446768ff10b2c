using Orchestrator.HostAgent.Platform;

namespace Orchestrator.HostAgent.Tests.Platform;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void A_name_with_spaces_and_parentheses_does_not_confuse_the_fields()
    {
        const string stat =
            "42 (a ) S (b) S 1 42 41 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 10 20 18446744073709551615";

        Assert.Equal(
            new ProcessStat(HasEnded: false, ParentId: 1, SessionId: 41, StartTicks: 987654),
            ProcessIdentity.ParseStat(stat)
        );
    }

    [Fact]
    public void A_zombie_has_ended() =>
        Assert.True(ProcessIdentity.ParseStat("42 (sh) Z 1 42 42 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 5 0 0")?.HasEnded);

    [Theory]
    [InlineData("")]
    [InlineData("42 (sh")]
    [InlineData("42 (sh) S 1 2")]
    public void What_is_no_stat_is_no_process(string text) => Assert.Null(ProcessIdentity.ParseStat(text));

    [Fact]
    public void A_process_with_the_same_id_and_another_start_is_another_process()
    {
        var own = ProcessIdentity.Of(Environment.ProcessId)!;

        Assert.True(own.IsAlive);
        Assert.False((own with { StartTicks = own.StartTicks - 1 }).IsAlive);
        Assert.False((own with { BootId = "another boot" }).IsAlive);
    }
}
