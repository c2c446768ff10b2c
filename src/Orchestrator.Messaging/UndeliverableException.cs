namespace Orchestrator.Messaging;

/// <summary>No queue of this name exists, so the message went nowhere.</summary>
public sealed class UndeliverableException : Exception
{
    internal UndeliverableException(string queue, Exception? innerException)
        : base(
            $"Nobody has received from the queue '{queue}' yet, so the message was not delivered.",
            innerException
        ) => Queue = queue;

    public string Queue { get; }
}
