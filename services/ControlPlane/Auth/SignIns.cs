using System.Buffers.Text;
using System.Security.Cryptography;

namespace Orchestrator.ControlPlane.Auth;

/// <summary>One-time codes and browser sessions, in memory only: after a restart people sign in again.</summary>
internal sealed class SignIns(TimeProvider clock)
{
    public const string CookieName = "orc_session";
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(12);

    /// <summary>More than any team has people; the oldest make room.</summary>
    private const int MaxEntries = 10_000;
    private const int SecretBytes = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _codes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Entry> _desks = new(StringComparer.Ordinal);

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    public string CreateCode(Caller caller) => Add(_codes, caller, CodeLifetime);

    public string CreateSession(Caller caller) => Add(_sessions, caller, SessionLifetime);

    /// <summary>What a browser needs besides its session to decide anything, and what no cookie holds.</summary>
    public string CreateDesk(Caller caller) => Add(_desks, caller, SessionLifetime);

    /// <summary>Null when the desk is unknown or too old.</summary>
    public Caller? FindDesk(string desk) => Find(_desks, desk);

    /// <summary>Null when the code is unknown, used or too old.</summary>
    public Caller? TakeCode(string code)
    {
        lock (_gate)
        {
            return _codes.Remove(code, out var entry) && entry.Until > clock.GetUtcNow() ? entry.Caller : null;
        }
    }

    public Caller? FindSession(string session) => Find(_sessions, session);

    private Caller? Find(Dictionary<string, Entry> entries, string secret)
    {
        lock (_gate)
        {
            return entries.TryGetValue(secret, out var entry) && entry.Until > clock.GetUtcNow() ? entry.Caller : null;
        }
    }

    private string Add(Dictionary<string, Entry> entries, Caller caller, TimeSpan lifetime)
    {
        var secret = NewSecret();
        lock (_gate)
        {
            if (entries.Count >= MaxEntries)
            {
                entries.Remove(entries.MinBy(entry => entry.Value.Until).Key);
            }

            entries[secret] = new Entry(caller, clock.GetUtcNow() + lifetime);
        }

        return secret;
    }

    private sealed record Entry(Caller Caller, DateTimeOffset Until);
}
