using Microsoft.Extensions.DependencyInjection.Extensions;
using Orchestrator.ControlPlane.Conducting;
using Orchestrator.ControlPlane.Enrolling;
using Orchestrator.ControlPlane.Evidence;
using Orchestrator.ControlPlane.Inquiries;
using Orchestrator.ControlPlane.Logs;
using Orchestrator.ControlPlane.Relay;
using Orchestrator.ControlPlane.Secrets;
using Orchestrator.ControlPlane.Timetabling;
using Orchestrator.ControlPlane.Webhooks;
using Orchestrator.Messaging;
using Orchestrator.Storage;

namespace Orchestrator.ControlPlane.Hosting;

/// <summary>The parts of a replica, one call per slice. They need the options, the database, the bus and the clock to be there.</summary>
internal static class ControlPlaneServices
{
    /// <summary>All slices, and the service that runs them.</summary>
    public static IServiceCollection AddControlPlane(
        this IServiceCollection services,
        ControlPlaneOptions options,
        Database database,
        MessageBus bus,
        TimeProvider clock
    )
    {
        options.ThrowIfInvalid();
        services.AddSingleton(options).AddSingleton(options.ToConductorSettings());
        // Whoever opened these disposes of them; the container disposes only of what it made.
        services.AddSingleton(database).AddSingleton(bus);
        services.Replace(ServiceDescriptor.Singleton(clock));
        services.AddConducting();
        services.AddRelay();
        services.AddTimetable();
        services.AddInquiries();
        services.AddEnrolling(options.Enrolment);
        services.AddSecrets(options);
        services.AddEvidence(options);
        services.AddWebhooks(options);
        services.AddHostedService<ControlPlaneService>();
        return services;
    }

    private static void AddConducting(this IServiceCollection services)
    {
        services.AddSingleton<Conductor>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<Reception>(provider, CellOf(provider)));
    }

    private static void AddRelay(this IServiceCollection services) =>
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<OutboxRelay>(provider, CellOf(provider)));

    private static void AddTimetable(this IServiceCollection services) => services.AddSingleton<LineTimer>();

    private static void AddInquiries(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<HostQuestions>(
                provider,
                provider.GetRequiredService<ControlPlaneOptions>().ReplicaId
            )
        );
        services.AddSingleton<LogReader>();
        services.AddSingleton<InstanceQuestions>();
    }

    private static void AddEnrolling(this IServiceCollection services, EnrolmentOptions enrolment)
    {
        services.AddSingleton(_ => new BrokerUsers(enrolment));
        services.AddSingleton<Enrolments>();
    }

    private static void AddSecrets(this IServiceCollection services, ControlPlaneOptions options)
    {
        if (SecretKeyFile.Open(options) is { } vault)
        {
            services.AddSingleton(_ => vault); // So that the container disposes of it.
        }

        services.AddSingleton(provider => new SecretDelivery(
            provider.GetService<SecretVault>(),
            provider.GetRequiredService<ILogger<SecretDelivery>>()
        ));
    }

    private static void AddEvidence(this IServiceCollection services, ControlPlaneOptions options) =>
        services.AddSingleton(provider => new EvidenceCollector(
            options.Providers,
            provider.GetRequiredService<Conductor>(),
            provider.GetRequiredService<TimeProvider>()
        ));

    private static void AddWebhooks(this IServiceCollection services, ControlPlaneOptions options) =>
        services.AddSingleton(provider => new WebhookDesk(
            options.Webhooks,
            options.Cell,
            provider.GetRequiredService<Conductor>(),
            provider.GetRequiredService<TimeProvider>()
        ));

    private static string CellOf(IServiceProvider provider) => provider.GetRequiredService<ControlPlaneOptions>().Cell;
}
