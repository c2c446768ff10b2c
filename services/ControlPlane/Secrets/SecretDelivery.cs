using System.Collections.Immutable;
using System.Security.Cryptography;
using Orchestrator.Contracts.Bus;
using Orchestrator.ControlPlane.Translation;
using Orchestrator.Core;
using Orchestrator.Core.Reconciliation;

namespace Orchestrator.ControlPlane.Secrets;

/// <summary>Puts secrets into an assignment on its way out, each for the one host that it goes to and no other.</summary>
/// <param name="vault">Null where there is no key: then no secret leaves.</param>
internal sealed partial class SecretDelivery(SecretVault? vault, ILogger<SecretDelivery> logger)
{
    public BusCommand? Fill(BusCommand? command, Cell cell) =>
        command is { Message: AssignHost assign }
        && assign.Instances.Any(instance => instance.Container?.Secrets is not null)
            ? command with
            {
                Message = Fill(assign, cell),
            }
            : command;

    private AssignHost Fill(AssignHost assign, Cell cell)
    {
        using var envelope = EnvelopeFor(HostId.Parse(assign.HostId), cell);
        return envelope is null
            ? assign
            : assign with
            {
                Instances = assign.Instances.Select(instance => Fill(instance, envelope, cell)).ToImmutableArray(),
            };
    }

    private AssignedInstance Fill(AssignedInstance instance, HostEnvelope envelope, Cell cell) =>
        instance.Container is { Secrets: { } secrets } container
            ? instance with
            {
                Container = container with
                {
                    Secrets = secrets
                        .Select(secret => secret with { Sealed = Seal(secret.Name, envelope, cell) })
                        .ToImmutableArray(),
                },
            }
            : instance;

    /// <summary>Null if nothing can be encrypted for it; the agent then says what it misses.</summary>
    private HostEnvelope? EnvelopeFor(HostId id, Cell cell)
    {
        if (cell.Hosts.GetValueOrDefault(id)?.SecretsKey is not { } key)
        {
            LogNoHostKey(id);
            return null;
        }

        try
        {
            return new HostEnvelope(key);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            LogBadHostKey(id, e.Message); // Whatever a host says of itself must not keep the others waiting.
            return null;
        }
    }

    private string? Seal(string name, HostEnvelope envelope, Cell cell)
    {
        if (vault is null || !cell.Secrets.TryGetValue(SecretName.Parse(name), out var secret))
        {
            LogNoSecret(name, vault is null ? "there is no key file" : "there is no such secret");
            return null;
        }

        try
        {
            var value = vault.Open(secret);
            var text = envelope.Seal(name, value);
            CryptographicOperations.ZeroMemory(value);
            return text;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            LogNoSecret(name, e.Message);
            return null;
        }
    }

    [LoggerMessage(
        LogLevel.Warning,
        "{Host} has not said a key for secrets, so it gets none. Is its agent an older one?"
    )]
    private partial void LogNoHostKey(HostId host);

    [LoggerMessage(LogLevel.Warning, "{Host} says what is no key for secrets, so it gets none: {Reason}")]
    private partial void LogBadHostKey(HostId host, string reason);

    [LoggerMessage(LogLevel.Error, "The secret {Name} is not sent: {Reason}")]
    private partial void LogNoSecret(string name, string reason);
}
