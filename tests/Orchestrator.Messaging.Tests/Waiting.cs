using System.Threading.Channels;

namespace Orchestrator.Messaging.Tests;

internal static class Waiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A handler that passes on what it gets.</summary>
    public static Task TakeAsync<T>(this ChannelWriter<T> writer, T message, CancellationToken cancellationToken) =>
        writer.WriteAsync(message, cancellationToken).AsTask();

    public static async Task<T> NextAsync<T>(this ChannelReader<T> reader)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(Patience);
        return await reader.ReadAsync(late.Token);
    }
}
