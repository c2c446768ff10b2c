using System.Globalization;

namespace Orchestrator.Simulation;

/// <summary>Whole days of a fleet whose people order what comes to their minds, while its machines fail.</summary>
public sealed class DayTests
{
    /// <summary>What waits says so once for each reason; a journal that two reasons fill by turns has thousands.</summary>
    private const int MostOfOneKind = 100;

    private const int FewDays = 4;

    private static readonly string[] Strategies =
    [
        "canary",
        "canary",
        "rolling",
        "waves",
        "blueGreen",
        "recreate",
        "patient zones",
        "patient",
    ];

    /// <summary>
    /// What people say and are answered, what the journal says, and what they see in between is kept in Days beside this file: who
    /// changes how a fleet behaves sees there what that comes to for its people. Written anew with ORC_WRITE_SCENARIOS=1.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_day_goes_as_it_is_told(int seed)
    {
        var strategy = Strategies[seed];
        var told = new Day(strategy, seed).Tell();

        Golden.Compare(Path.Combine("Days", $"{seed}-{strategy.Replace(' ', '-')}.txt"), told);
    }

    /// <summary>As many as ORC_DAYS says, else a few.</summary>
    [Fact]
    public void Whatever_the_day_the_invariants_hold_and_the_journal_is_not_flooded()
    {
        var days = Environment.GetEnvironmentVariable("ORC_DAYS") is { } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : FewDays;
        for (var seed = Strategies.Length; seed < Strategies.Length + days; seed++)
        {
            var day = new Day(Strategies[seed % Strategies.Length], seed);
            var world = day.World;
            try
            {
                day.Tell();
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"Day {seed} went wrong: {wrong.Message}", wrong);
            }

            var most = world.Journal.CountBy(entry => (entry.Action, entry.Subject)).MaxBy(each => each.Value);
            Assert.True(most.Value <= MostOfOneKind, $"day {seed}: {most.Key} {most.Value} times\n{world.Tail()}");
        }
    }
}
