using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Conducting;

/// <summary>
/// Decides a batch while the one before is being stored, so that neither the processor nor the disk waits for the other.
/// Batches are stored and told in order; when one fails, so does the one that was decided on top of it.
/// </summary>
/// <param name="tell">Called once a batch is stored.</param>
internal sealed class CommitLine(
    CellSession session,
    Action<List<Question>, Decided> tell,
    CancellationToken cancellationToken
)
{
    private (List<Question> Batch, Decided Decided, Task Storing)? _busy;

    /// <summary>The last decision did not do all that there is to do.</summary>
    public bool HasMore { get; private set; }

    public bool IsBusy => _busy is not null;

    /// <summary>Returns when the batch before this one is stored and told.</summary>
    public async Task DecideAsync(List<Question> batch)
    {
        try
        {
            var decided = session.Decide([.. batch.Select(question => question.Input)]);
            HasMore = decided.Decision.HasMore;
            await FlushAsync();
            // On the pool from its beginning: SQLite's calls return when they are done.
            var storing = Task.Run(() => session.StoreAsync(decided, cancellationToken), CancellationToken.None);
            _busy = (batch, decided, storing);
        }
        catch (Exception exception)
        {
            Refuse(batch, exception);
            throw;
        }
    }

    /// <summary>Returns when everything decided is stored and told.</summary>
    public async Task FlushAsync()
    {
        if (_busy is not { } busy)
        {
            return;
        }

        _busy = null;
        try
        {
            await busy.Storing;
        }
        catch (Exception exception)
        {
            Refuse(busy.Batch, exception);
            throw;
        }

        tell(busy.Batch, busy.Decided);
    }

    private static void Refuse(List<Question> batch, Exception exception)
    {
        var reason = exception is LeaseLostException or OperationCanceledException
            ? new NotLeadingException("This replica does not conduct the cell any more.")
            : exception;
        foreach (var question in batch)
        {
            question.Answer?.TrySetException(reason);
        }
    }
}
