namespace Orchestrator.Messaging;

public enum QueueKind
{
    /// <summary>For a broker of one node: cheaper and faster there, and whole again after a power cut.</summary>
    Classic,

    /// <summary>
    /// For a broker of several nodes: survives the loss of one. Not for a single node, where a queue that was declared
    /// seconds before a power cut stays without a leader for ever (seen with 3.10.8).
    /// </summary>
    Quorum,
}

/// <summary>Where the broker is and who we are to it.</summary>
public sealed record RabbitMqSettings
{
    public required string Host { get; init; }

    public int Port { get; init; } = 5672;

    public string VirtualHost { get; init; } = "/";

    public required string User { get; init; }

    public required string Password { get; init; }

    /// <summary>Of the queues for commands and reports. Changing it later needs the old queues deleted.</summary>
    public QueueKind Queues { get; init; } = QueueKind.Classic;

    /// <summary>
    /// Of a host: an exchange of its own that all it sends goes out through, so that its user needs no right on anything but
    /// that and <see cref="Contracts.Bus.Queues.FromHosts"/>. Null sends to each queue's own exchange, which needs rights on
    /// all of them.
    /// </summary>
    public string? Out { get; init; }

    // The generated text would print the password into the first log line that mentions the settings.
    public override string ToString() => $"amqp://{User}@{Host}:{Port}/{VirtualHost.TrimStart('/')}";
}
