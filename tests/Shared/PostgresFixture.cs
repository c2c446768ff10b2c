namespace Orchestrator.Tests.Shared;

/// <content>What xunit starts and stops.</content>
public sealed partial class PostgresServer : IAsyncLifetime;
