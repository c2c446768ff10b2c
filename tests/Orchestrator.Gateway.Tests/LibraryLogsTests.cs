using Microsoft.Extensions.Logging;

namespace Orchestrator.Gateway.Tests;

public sealed class LibraryLogsTests
{
    [Theory]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Warning, false)]
    [InlineData("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, true)]
    public void A_library_is_heard_only_when_it_has_something_to_say(string category, LogLevel level, bool isHeard)
    {
        using var written = new WrittenLogs();
        using var everything = LoggerFactory.Create(logging =>
            logging.SetMinimumLevel(LogLevel.Trace).AddProvider(written)
        );
        using var libraries = new LibraryLogs(everything);

        libraries.CreateLogger(category).Log(level, "an instance did not answer");

        Assert.Equal(isHeard ? [category] : [], written.Categories);
    }

    private sealed class WrittenLogs : ILoggerProvider
    {
        public List<string> Categories { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Writer(categoryName, Categories);

        public void Dispose()
        {
            // Nothing is held.
        }

        private sealed class Writer(string category, List<string> categories) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            ) => categories.Add(category);
        }
    }
}
