namespace Orchestrator.Messaging;

/// <summary>Where the broker is and who we are to it.</summary>
public sealed record RabbitMqSettings
{
    public required string Host { get; init; }

    public required int Port { get; init; }

    public required string VirtualHost { get; init; }

    public required string User { get; init; }

    public required string Password { get; init; }

    // The generated text would print the password into the first log line that mentions the settings.
    public override string ToString() => $"amqp://{User}@{Host}:{Port}/{VirtualHost.TrimStart('/')}";
}
