namespace Orchestrator.ControlPlane.Conducting;

/// <summary>
/// There is no answer now; the same request may get one later. The API answers 503 with Retry-After. Asking again is safe:
/// what was stored nevertheless changes nothing the second time.
/// </summary>
public abstract class ConductorUnavailableException(string message, Exception? innerException)
    : Exception(message, innerException)
{
    /// <summary>About what a conductor needs to start anew.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);
}

/// <summary>More is asked than can be decided.</summary>
public sealed class ConductorBusyException(string message)
    : ConductorUnavailableException(message, innerException: null);

/// <summary>Another replica decides, or none does yet.</summary>
public sealed class NotLeadingException(string message) : ConductorUnavailableException(message, innerException: null);

/// <summary>The database failed while the decision was to be stored.</summary>
public sealed class NotStoredException(Exception innerException)
    : ConductorUnavailableException("The decision could not be stored: the database failed.", innerException);
