namespace Orchestrator.Gateway;

/// <summary>
/// Passes on the warnings of the web server and the errors of the forwarder. Below that they write four lines per request,
/// which costs more than the request, and a stack trace for each that an instance did not answer: those are counted.
/// </summary>
internal sealed class LibraryLogs(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) =>
        new AtLeast(
            categoryName.StartsWith("Yarp.", StringComparison.Ordinal) ? LogLevel.Error : LogLevel.Warning,
            loggers.CreateLogger(categoryName)
        );

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>The loggers belong to whoever started the gateway.</summary>
    public void Dispose() { }

    private sealed class AtLeast(LogLevel least, ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
