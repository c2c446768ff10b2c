using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Hosting;

/// <summary>One replica of the control plane: which cell it serves, who it is, and where it keeps and shows things.</summary>
public sealed class ControlPlaneOptions : IValidatableObject
{
    public const string Section = "ControlPlane";

    private const string Name = "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";

    [Required]
    [RegularExpression(Name)]
    public string Cell { get; set; } = "default";

    /// <summary>Distinct among the replicas of a cell, and the same after a restart: it names a queue and holds the lease.</summary>
    [Required]
    [RegularExpression(Name)]
    public string ReplicaId { get; set; } = "replica";

    /// <summary>Where address and first admin token are left for <c>orc</c>, and the SQLite file unless it is elsewhere.</summary>
    [Required]
    public string DataDirectory { get; set; } = "";

    /// <summary>Empty for SQLite.</summary>
    public string PostgresConnectionString { get; set; } = "";

    /// <summary>Port 0 takes any that is free.</summary>
    [Required]
    public string ListenUrl { get; set; } = "http://127.0.0.1:7400";

    /// <summary>Another replica takes over when this one was silent for so long.</summary>
    [Range(1, 600)]
    public int LeaseSeconds { get; set; } = 15;

    /// <summary>A host that is silent for so long, while others are heard, is lost. 0: as it suits the bus.</summary>
    [Range(0, 86_400)]
    public int HostLostAfterSeconds { get; set; }

    /// <summary>Whether all parts are in one process, so that silence means something after seconds and not a minute.</summary>
    public bool IsEmbedded { get; set; }

    /// <summary>
    /// The key that secrets are stored under: 32 bytes in base64, readable by its owner alone, the same for all replicas. Empty:
    /// no secrets can be set; the embedded program then makes one in its data directory.
    /// </summary>
    public string SecretsKeyFile { get; set; } = "";

    /// <summary>A section of its own in the configuration.</summary>
    public EnrolmentOptions Enrolment { get; set; } = new();

    /// <summary>A section of its own in the configuration: who may be asked for metrics, by name.</summary>
    public IDictionary<string, ProviderOptions> Providers { get; set; } =
        new Dictionary<string, ProviderOptions>(StringComparer.Ordinal);

    /// <summary>A section of its own in the configuration: who may be asked whether rollouts go on, by name.</summary>
    public IDictionary<string, WebhookOptions> Webhooks { get; set; } =
        new Dictionary<string, WebhookOptions>(StringComparer.Ordinal);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Path.IsPathFullyQualified(DataDirectory))
        {
            yield return new ValidationResult("The data directory must be absolute.", [nameof(DataDirectory)]);
        }

        if (!Uri.TryCreate(ListenUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            yield return new ValidationResult("The URL to listen on must be http or https.", [nameof(ListenUrl)]);
        }

        foreach (var failure in Enrolment.Validate())
        {
            yield return failure;
        }

        foreach (var failure in Webhooks.SelectMany(named => named.Value.Validate(named.Key)))
        {
            yield return failure;
        }

        foreach (var failure in Providers.SelectMany(named => named.Value.Validate(named.Key)))
        {
            yield return failure;
        }
    }

    /// <summary>PostgreSQL, or a SQLite file in the data directory, which is made if it is not there.</summary>
    public Task<Database> OpenDatabaseAsync(CancellationToken cancellationToken)
    {
        if (PostgresConnectionString.Length > 0)
        {
            return Database.OpenPostgresAsync(PostgresConnectionString, cancellationToken);
        }

        Directory.CreateDirectory(DataDirectory);
        return Database.OpenSqliteAsync(Path.Combine(DataDirectory, "orchestrator.db"), cancellationToken);
    }

    /// <exception cref="OptionsValidationException">With all that is wrong.</exception>
    internal void ThrowIfInvalid()
    {
        var validation = new ControlPlaneOptionsValidator().Validate(name: null, this);
        if (validation.Failed)
        {
            throw new OptionsValidationException(Section, typeof(ControlPlaneOptions), validation.Failures);
        }
    }

    internal ConductorSettings ToConductorSettings()
    {
        var settings = IsEmbedded ? CellSettings.Embedded : CellSettings.Distributed;
        return new ConductorSettings
        {
            Cell = Cell,
            Replica = ReplicaId,
            LeaseFor = TimeSpan.FromSeconds(LeaseSeconds),
            Core =
                HostLostAfterSeconds > 0
                    ? settings with
                    {
                        HostLostAfter = TimeSpan.FromSeconds(HostLostAfterSeconds),
                    }
                    : settings,
        };
    }

    internal WakeUpStore ToWakeUpStore() =>
        PostgresConnectionString.Length > 0
            ? new WakeUpStore.PostgreSql(PostgresConnectionString)
            : new WakeUpStore.InMemory();
}

[OptionsValidator]
internal sealed partial class ControlPlaneOptionsValidator : IValidateOptions<ControlPlaneOptions>;
