using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Orchestrator.ControlPlane.Pages;

/// <summary>One open page. Nobody waits for it: when it is too slow it misses what does not fit, and is told to start over.</summary>
internal sealed class Viewer
{
    /// <summary>Some seconds of the busiest fleet.</summary>
    public const int QueueCapacity = 32;

    private readonly Channel<SseItem<string>> _items = Channel.CreateBounded<SseItem<string>>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true }
    );
    private volatile bool _isBehind;

    public void Offer(SseItem<string> item)
    {
        if (!_items.Writer.TryWrite(item))
        {
            _isBehind = true;
        }
    }

    public void End() => _items.Writer.TryComplete();

    /// <summary>Until <see cref="End"/>. After a <c>reset</c> come all fragments as they are then.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(
        Func<IEnumerable<SseItem<string>>> all,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        while (await _items.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_isBehind)
            {
                foreach (var item in StartOver(all))
                {
                    yield return item;
                }
            }
            else if (_items.Reader.TryRead(out var item))
            {
                yield return item;
            }
        }
    }

    private List<SseItem<string>> StartOver(Func<IEnumerable<SseItem<string>>> all)
    {
        _isBehind = false;
        while (_items.Reader.TryRead(out _))
        {
            // What is queued is older than what follows.
        }

        return [new SseItem<string>("", "reset"), .. all()];
    }
}
