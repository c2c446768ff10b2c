namespace Orchestrator.EndToEnd.Support;

/// <summary>What the test says and when; shown when it fails.</summary>
internal static class TestOutput
{
    public static void Say(string text) =>
        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {text}");
}
