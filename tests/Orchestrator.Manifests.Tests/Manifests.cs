using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Manifests.Tests;

/// <summary>Manifests to begin with, and what reading them comes to.</summary>
internal static class Manifests
{
    public const string Image = "shop/checkout@sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f";

    public const string Service = $$"""
        apiVersion: orchestrator/v1
        kind: Service
        metadata:
          name: checkout
          team: shop
        spec:
          template:
            image: {{Image}}
            command: [/app/checkout, --fast]
            env:
              RPS: 2
              DEBUG: "false"
            resources:
              requests: {cpu: 100m, memory: 64Mi}
              limits: {cpu: 0.5, memory: 1Gi}
            port: 8080
            health:
              path: /healthz
              interval: 500ms
              timeout: 250ms
              unhealthyAfter: 2
              startup: 1m30s
            stopGrace: 20s
          dependencies:
            - service: cart
              range: ^1.0.0
        """;

    public const string SmallService = $$"""
        apiVersion: orchestrator/v1
        kind: Service
        metadata: {name: checkout, team: shop}
        spec:
          template:
            image: {{Image}}
            resources:
              requests: {cpu: 1, memory: 64Mi}
        """;

    public const string Version = $$"""
        apiVersion: orchestrator/v1
        kind: Version
        metadata:
          service: checkout
          version: 1.2.0
        spec:
          channel: beta
          image: {{Image}}
          env: {LEVEL: debug}
          provenance:
            repository: https://git.example/shop/checkout
            commit: 2c26b46b68ffc68ff99b453c1d30413413422d70
        """;

    public const string Line = """
        apiVersion: orchestrator/v1
        kind: Line
        metadata:
          service: checkout
        spec:
          timetable:
            cron: 0 30 9 ? * MON-FRI
            zone: Europe/Berlin
          boarding:
            channel: beta
            cutOff: 10m
          route:
            - stage: staging
              count: 1
            - stage: prod
              pool: europe
              count: 4
              canary:
                steps:
                  - instances: 1
                    weight: 10
                    bake: 5m
                    minimumRequests: 500
                    maximumRequests: 90000
                    judgeWithin: 1h
                  - instances: 2
                    weight: 50
                maxSurge: 2
                maxUnavailable: 1
                readyWithin: 3m
              approval:
                before: stage
                allowPublisher: true
              judge:
                alpha: 0.01
                beta: 0.1
                toleratedRatio: 1.5
                acceptableErrorRate: 0.02
              soak: 1h
        """;

    public const string Pool = """
        apiVersion: orchestrator/v1
        kind: Pool
        metadata:
          name: europe
        spec:
          selector: {region: eu, tier: 1}
          placement: binpack
        """;

    public const string Team = """
        apiVersion: orchestrator/v1
        kind: Team
        metadata:
          name: shop
        spec:
          quota: {instances: 20, cpu: "1500", memory: 2Ti, disk: 64Gi}
        """;

    public const string Window = """
        apiVersion: orchestrator/v1
        kind: Window
        metadata:
          name: weekend
        spec:
          effect: deny
          services: [checkoutservice]
          stages: [prod]
          zone: Europe/Berlin
          recurring:
            - cron: 0 0 17 ? * FRI
              lasts: 63h
          dated:
            - from: 2026-12-20T17:00
              until: 2027-01-04
          onClose: hold
          reason: nobody is there
        """;

    public static string All => string.Join("\n---\n", Service, Version, Line, Pool, Team, Window);

    public static ManifestReading Read(params string[] texts) =>
        ManifestReader.Read([.. texts.Select((text, index) => new ManifestText($"{(char)('a' + index)}.yaml", text))]);

    public static ManifestSet Accepted(params string[] texts) =>
        Read(texts) switch
        {
            ManifestReading.Accepted(var manifests, _) => manifests,
            ManifestReading.Rejected(var errors) => throw new InvalidOperationException(string.Join('\n', errors)),
            _ => throw new InvalidOperationException(),
        };

    public static ManifestError[] Errors(params string[] texts) =>
        Read(texts) is ManifestReading.Rejected(var errors) ? [.. errors] : [];

    /// <summary>The only error there is.</summary>
    public static ManifestError Error(params string[] texts)
    {
        var errors = Errors(texts);
        Assert.True(
            errors.Length == 1,
            $"{errors.Length} errors:\n{string.Join('\n', errors.Select(e => e.ToString()))}"
        );
        return errors[0];
    }

    /// <summary>The text with a part replaced that it must have.</summary>
    public static string With(this string text, string part, string replacement)
    {
        Assert.Contains(part, text, StringComparison.Ordinal);
        return text.Replace(part, replacement, StringComparison.Ordinal);
    }
}
