using Orchestrator.HostAgent.Runtimes;
using Orchestrator.HostAgent.Runtimes.Garden;
using Orchestrator.HostAgent.Tests.Support;

namespace Orchestrator.HostAgent.Tests.Runtimes.Garden;

public sealed class GardenNotesTests : IDisposable
{
    private static readonly GardenNote ANote = new()
    {
        ContainerId = "cart.prod.1.1.abcdef01",
        LogPath = "/log",
        User = "root",
        WorkingDirectory = "/",
        IsStarted = false,
    };

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_program_that_ends_while_its_start_is_noted_has_both_noted()
    {
        using var notes = new GardenNotes(_directory.Path);
        var handle = GardenNotes.HandleOf(ANote.ContainerId);
        for (var round = 0; round < 100; round++)
        {
            await notes.SaveAsync(ANote, Token);

            await Task.WhenAll(
                Task.Run(() => notes.UpdateAsync(handle, note => note with { IsStarted = true }, Token), Token),
                Task.Run(
                    () => notes.UpdateAsync(handle, note => note with { Exit = ContainerExit.Unseen }, Token),
                    Token
                )
            );

            Assert.Equal(ANote with { IsStarted = true, Exit = ContainerExit.Unseen }, notes.Find(handle));
        }
    }

    [Fact]
    public async Task What_was_removed_does_not_come_back()
    {
        using var notes = new GardenNotes(_directory.Path);
        await notes.SaveAsync(ANote, Token);
        await notes.DeleteAsync(ANote.ContainerId, Token);

        await notes.UpdateAsync(ANote.ContainerId, note => note with { IsStarted = true }, Token);

        Assert.Empty(notes.All);
    }
}
