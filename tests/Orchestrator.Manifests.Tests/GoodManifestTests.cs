using System.Collections.Immutable;
using System.Globalization;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Rollouts;

namespace Orchestrator.Manifests.Tests;

public sealed class GoodManifestTests
{
    [Fact]
    public void A_team_is_read_with_its_quota()
    {
        var team = Assert.Single(Manifests.Accepted(Manifests.Team).Teams);

        Assert.Equal("shop", team.Name.Value);
        Assert.Equal(
            [
                new QuotaLimit(QuotaResource.Instances, 20),
                new QuotaLimit(QuotaResource.Cpu, 1_500_000),
                new QuotaLimit(QuotaResource.Memory, 2 * 1024 * 1024),
                new QuotaLimit(QuotaResource.Disk, 64 * 1024),
            ],
            team.Quota
        );
    }

    [Theory]
    [InlineData("quota: {}")]
    [InlineData("")]
    public void A_team_without_a_quota_is_not_limited(string quota)
    {
        var text = Manifests.Team[..Manifests.Team.IndexOf("quota", StringComparison.Ordinal)];

        Assert.Empty(Assert.Single(Manifests.Accepted($"{text}{(quota.Length == 0 ? "{}" : quota)}").Teams).Quota);
    }

    [Fact]
    public void A_service_is_read_with_everything_in_it()
    {
        var service = Assert.Single(Manifests.Accepted(Manifests.Service).Services);

        Assert.Equal("checkout", service.Name.Value);
        Assert.Equal("shop", service.Team.Value);
        Assert.Equal(ImageReference.Parse(Manifests.Image), service.Template.Image);
        Assert.Equal(["/app/checkout", "--fast"], service.Template.Command);
        Assert.Equal([new("DEBUG", "false"), new("RPS", "2")], service.Template.Environment);
        Assert.Equal(new Resources(CpuMillicores: 100, MemoryMebibytes: 64), service.Template.Request);
        Assert.Equal(new Resources(CpuMillicores: 500, MemoryMebibytes: 1024), service.Template.Limit);
        Assert.Equal(8080, service.Template.Port);
        Assert.Equal(
            new HealthCheck
            {
                Path = "/healthz",
                Interval = TimeSpan.FromMilliseconds(500),
                Timeout = TimeSpan.FromMilliseconds(250),
                UnhealthyAfter = 2,
                Startup = TimeSpan.FromSeconds(90),
            },
            service.Template.Health
        );
        Assert.Equal(TimeSpan.FromSeconds(20), service.Template.StopGrace);
        var dependency = Assert.Single(service.Dependencies);
        Assert.Equal("cart", dependency.Service.Value);
        Assert.Equal("^1.0.0", dependency.Range.Text);
        Assert.True(dependency.Range.Contains(SemanticVersion.Parse("1.9.0")));
        Assert.False(dependency.Range.Contains(SemanticVersion.Parse("2.0.0")));
    }

    [Fact]
    public void A_service_may_ask_for_more_than_cpu_and_memory()
    {
        var text = Manifests
            .Service.Replace("memory: 64Mi", "memory: 64Mi, disk: 2Gi", StringComparison.Ordinal)
            .Replace(
                "resources:",
                """
                resources:
                      hostPorts: [9090, 8080]
                      devices: [{class: tpu, share: 500}, {class: gpu, count: 2}]
                      custom: {licence.oracle: 3}
                """,
                StringComparison.Ordinal
            );

        var template = Assert.Single(Manifests.Accepted(text).Services).Template;

        Assert.Equal(2048, template.Request.DiskMebibytes);
        Assert.Equal([8080, 9090], template.Request.Ports);
        Assert.Equal(3, template.Request.CountOf(ResourceName.Parse("licence.oracle")));
        Assert.Equal(
            [new DeviceRequest("gpu", 2, DeviceRequest.Whole), new DeviceRequest("tpu", 1, Thousandths: 500)],
            template.Devices
        );
    }

    [Fact]
    public void A_service_may_say_how_its_containers_are_made_and_ended()
    {
        const string fields = """

                stopSignal: SIGQUIT
                preStop: 1m30s
                ulimits:
                  nofile: {soft: 1024, hard: unlimited}
                  core: {soft: 0, hard: 0}
                init: true
                files:
                  - {path: /etc/b, content: "b\n", mode: 0600}
                  - {path: /etc/a, content: ""}
                secrets:
                  - {name: token, env: TOKEN}
                  - {name: password, path: /run/password}
                volumes:
                  - {path: /z, tmpfs: 1Gi}
                  - {path: /data, name: data}
                  - {path: /certs, hostPath: /etc/ssl/certs, readOnly: true}
            """;

        var container = Assert.Single(Manifests.Accepted(Manifests.SmallService + fields).Services).Template.Container;

        Assert.Equal(
            [
                "stop signal: SIGQUIT",
                "pre-stop: 90s",
                "limit: core 0 0",
                "limit: nofile 1024 unlimited",
                "init",
                "file: /etc/a 0644 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "file: /etc/b 0600 sha256:0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f",
                "volume: /certs hostPath: /etc/ssl/certs read-only",
                "volume: /data name: data",
                "volume: /z tmpfs: 1024Mi",
                "secret: password as path: /run/password",
                "secret: token as env: TOKEN",
            ],
            container.Lines()
        );
        Assert.Empty(Assert.Single(Manifests.Accepted(Manifests.SmallService).Services).Template.Container.Lines());
    }

    [Fact]
    public void What_a_service_leaves_out_has_its_default()
    {
        var template = Assert.Single(Manifests.Accepted(Manifests.SmallService).Services).Template;

        Assert.Empty(template.Command);
        Assert.Empty(template.Environment);
        Assert.Equal(1000, template.Request.CpuMillicores);
        Assert.Equal(default, template.Limit);
        Assert.Equal(0, template.Port);
        Assert.Null(template.Health);
        Assert.Equal(TimeSpan.FromSeconds(5), template.StopGrace);
    }

    [Fact]
    public void Rules_of_placement_are_read_with_everything_in_them()
    {
        const string placement = """

                placement:
                  constraints:
                    - {label: disk, in: [ssd, nvme, ssd]}
                    - {label: zone, notIn: [west]}
                    - {label: gpu, exists: true}
                    - {label: spot, exists: false}
                    - {label: mtu, above: 1499}
                    - {label: load, below: 5}
                    - {label: kernel, from: "6.1", before: "7"}
                  affinities:
                    - {label: zone, in: [east], weight: -50}
                  spread:
                    - {label: rack, maxSkew: 2, hard: true, maxPerDomain: 10}
                    - {label: zone, targets: {east: 70, north: 30}}
                  maxPerHost: 3
                  near:
                    - {service: cache, label: rack, required: true}
                    - {service: cache, weight: 30}
                  apart:
                    - {service: batch, stage: night, required: true}
                    - {service: cache, label: zone, weight: 20}
            """;

        var rules = Assert.Single(Manifests.Accepted(Manifests.SmallService + placement).Services).Template.Placement;

        Assert.Equal(
            [
                "constraint: disk is one of nvme, ssd",
                "constraint: zone is not west",
                "constraint: gpu is there",
                "constraint: spot is not there",
                "constraint: mtu is above 1499",
                "constraint: load is below 5",
                "constraint: kernel is a version from 6.1 to before 7",
                "affinity -50: zone is east",
                "spread over rack: hard, skew 2, at most 10",
                "spread over zone east 70 % north 30 %: soft, skew 1",
                "at most 3 on a host",
                "near cache by rack: required",
                "near cache by host: 30",
                "apart from batch.night by host: required",
                "apart from cache by zone: 20",
            ],
            rules.Lines()
        );
    }

    [Theory]
    [InlineData("", 100)]
    [InlineData("\n  priority: 0", 0)]
    [InlineData("\n  priority: 1000", 1000)]
    public void A_service_has_a_priority_which_is_100_if_it_says_nothing(string field, int priority) =>
        Assert.Equal(priority, Assert.Single(Manifests.Accepted(Manifests.SmallService + field).Services).Priority);

    [Fact]
    public void Without_rules_instances_may_go_anywhere() =>
        Assert.Empty(Assert.Single(Manifests.Accepted(Manifests.SmallService).Services).Template.Placement.Lines());

    [Fact]
    public void A_health_check_needs_only_a_path()
    {
        var text = Manifests.SmallService + "\n    port: 80\n    health: {path: /}";

        var health = Assert.Single(Manifests.Accepted(text).Services).Template.Health;

        Assert.Equal(
            new HealthCheck
            {
                Path = "/",
                Interval = TimeSpan.FromSeconds(1),
                Timeout = TimeSpan.FromSeconds(1),
                UnhealthyAfter = 3,
                Startup = TimeSpan.FromSeconds(30),
            },
            health
        );
    }

    [Theory]
    [InlineData("{path: /healthz}", "HealthCheck { Path = /healthz,", "")]
    [InlineData("{tcp: true}", "HealthCheck { Path = ,", " tcp")]
    [InlineData("{exec: [/bin/check, -q]}", "HealthCheck { Path = ,", " exec: /bin/check -q")]
    [InlineData("{grpc: shop.Cart}", "HealthCheck { Path = ,", " grpc: shop.Cart")]
    [InlineData("{grpc: \"\"}", "HealthCheck { Path = ,", " grpc: ")]
    public void Readiness_and_liveness_can_be_asked_in_four_ways(string asks, string start, string end)
    {
        var text = Manifests.SmallService + $"\n    port: 80\n    health: {asks}\n    liveness: {asks}";

        var template = Assert.Single(Manifests.Accepted(text).Services).Template;

        var health = template.Health!.Line();
        var liveness = template.Liveness!.Line();
        Assert.StartsWith(start, health, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Interval = 00:00:01, Timeout = 00:00:01, UnhealthyAfter = 3, Startup = 00:00:30 }}{end}",
            health,
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            $"Interval = 00:00:10, Timeout = 00:00:01, UnhealthyAfter = 3, Startup = 00:00:00 }}{end}",
            liveness,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_check_by_a_program_needs_no_port()
    {
        var text = Manifests.SmallService + "\n    health: {exec: [/bin/check]}";

        var template = Assert.Single(Manifests.Accepted(text).Services).Template;

        Assert.Equal(0, template.Port);
        Assert.Equal("exec: /bin/check", template.Health!.Question!.Line());
    }

    [Fact]
    public void A_version_is_an_order_to_publish()
    {
        var order = Assert.Single(Manifests.Accepted(Manifests.Version).Versions);

        Assert.Equal("checkout", order.Service.Value);
        Assert.Equal(SemanticVersion.Parse("1.2.0"), order.Number);
        Assert.Equal("beta", order.Channel);
        Assert.Equal(ImageReference.Parse(Manifests.Image), order.Image);
        Assert.Equal([new("LEVEL", "debug")], order.Environment);
        Assert.Equal(
            new Provenance("https://git.example/shop/checkout", "2c26b46b68ffc68ff99b453c1d30413413422d70"),
            order.Provenance
        );
    }

    [Fact]
    public void A_version_may_leave_everything_to_the_service()
    {
        const string Text = "{apiVersion: orchestrator/v1, kind: Version, metadata: {service: a, version: 1.0.0}}";

        var order = Assert.Single(Manifests.Accepted(Text).Versions);

        Assert.Equal("stable", order.Channel);
        Assert.Null(order.Image);
        Assert.Null(order.Provenance);
        Assert.Empty(order.Environment);
    }

    [Fact]
    public void A_line_is_read_with_everything_in_it()
    {
        var line = Assert.Single(Manifests.Accepted(Manifests.Line).Lines);

        Assert.Equal(new Timetable("0 30 9 ? * MON-FRI", "Europe/Berlin"), line.Timetable);
        Assert.Equal(new BoardingRule("beta", TimeSpan.FromMinutes(10)), line.Boarding);
        var prod = line.Route[1];
        Assert.Equal(("prod", "europe", 4), (prod.Name.Value, prod.Pool.Value, prod.Count));
        Assert.Equal(
            new CanaryStep
            {
                Instances = 1,
                WeightPercent = 10,
                Bake = TimeSpan.FromMinutes(5),
                MinimumRequests = 500,
                MaximumRequests = 90_000,
                JudgeWithin = TimeSpan.FromHours(1),
            },
            prod.Strategy.Steps[0]
        );
        Assert.Equal((2, 1), (prod.Strategy.MaxSurge, prod.Strategy.MaxUnavailable));
        Assert.Equal(TimeSpan.FromMinutes(3), prod.Strategy.ReadyWithin);
        Assert.Equal(
            (ApprovalPoint.Stage, true, 1),
            (prod.Approval!.Before, prod.Approval.AllowsPublisher, prod.Approval.Count)
        );
        Assert.Equal(TimeSpan.FromDays(7), prod.Approval.ExpiresAfter);
        Assert.Empty(prod.Approval.Groups);
        Assert.Equal(
            new JudgePolicy
            {
                Alpha = 0.01,
                Beta = 0.1,
                ToleratedRatio = 1.5,
                AcceptableErrorRate = 0.02,
                Metrics = prod.Judge.Metrics,
                Thresholds = prod.Judge.Thresholds,
            },
            prod.Judge
        );
        Assert.Equal(TimeSpan.FromHours(1), prod.Soak);
    }

    [Fact]
    public void A_service_says_how_its_requests_are_routed()
    {
        var text = Manifests.Service.With(
            "spec:\n",
            """
            spec:
              routing:
                sticky: {header: X-User, cookie: sid, cookieFor: 1h}
                http2: true
                maxBody: 10Mi
                healthPath: /ready?full=1

            """
        );

        var routed = Assert.Single(Manifests.Accepted(text).Services).Routing;

        Assert.Equal(
            new RoutingRules
            {
                Sticky = new StickyRule("X-User", "sid", TimeSpan.FromHours(1)),
                IsHttp2 = true,
                MaxBodyMebibytes = 10,
                HealthPath = "/ready?full=1",
            },
            routed
        );
        Assert.Equal(RoutingRules.Usual, Assert.Single(Manifests.Accepted(Manifests.Service).Services).Routing);
    }

    [Theory]
    [InlineData("sticky: {}", "sticky_unclear", "sticky")]
    [InlineData("sticky: {header: X-User, cookieFor: 1h}", "sticky_unclear", "sticky")]
    [InlineData("sticky: {header: 'X User'}", "invalid_format", "sticky.header")]
    [InlineData("sticky: {cookie: sid, cookieFor: 0s}", "out_of_range", "sticky.cookieFor")]
    [InlineData("http2: 1", "wrong_type", "http2")]
    [InlineData("maxBody: 10MB", "invalid_memory", "maxBody")]
    [InlineData("healthPath: ready", "invalid_format", "healthPath")]
    public void What_cannot_be_routed_is_refused(string routing, string code, string path)
    {
        var error = Manifests.Error(Manifests.Service.With("spec:\n", $"spec:\n  routing:\n    {routing}\n"));

        Assert.Equal((code, $"spec.routing.{path}"), (error.Code, error.Path));
    }

    [Fact]
    public void A_judge_says_what_is_measured_and_by_whom()
    {
        var text = Manifests.Line.With(
            "acceptableErrorRate: 0.02",
            """
            acceptableErrorRate: 0.02
                    errors: false
                    untilMeasured: doubt
                    latency: {quantile: 0.99, toleratedRatio: 1.1, warmUp: 2m}
                    metrics:
                      - name: payments-lost
                        minimumSamples: 100
                      - name: cpu
                        kind: level
                        worse: lower
                        inferiorRatio: 1.2
                        query: {provider: prom, text: 'cpu{v="{{version}}",s="{{service}}"}', every: 1m}
                      - name: late
                        query: {provider: prom, text: 'late{i=~"{{instances}}"}', total: 'all{v="{{version}}"}'}
            """
        );

        var judge = Assert.Single(Manifests.Accepted(text).Lines).Route[1].Judge;

        Assert.False(judge.CountsErrors);
        Assert.Equal(UnmeasuredNoise.Doubt, judge.UntilMeasured);
        Assert.Equal(new LatencyRule(0.99, 1.1, 1.5) { WarmUp = TimeSpan.FromMinutes(2) }, judge.Latency);
        Assert.Equal(
            [
                new MetricRule
                {
                    Name = "payments-lost",
                    Kind = MetricKind.Share,
                    IsLowerWorse = false,
                    ToleratedRatio = 1,
                    InferiorRatio = 2,
                    MinimumSamples = 100,
                    Source = new MetricSource.Push(),
                },
                new MetricRule
                {
                    Name = "cpu",
                    Kind = MetricKind.Level,
                    IsLowerWorse = true,
                    ToleratedRatio = 1,
                    InferiorRatio = 1.2,
                    MinimumSamples = 1,
                    Source = new MetricSource.Query(
                        "prom",
                        """cpu{v="{{version}}",s="{{service}}"}""",
                        "",
                        TimeSpan.FromMinutes(1)
                    ),
                },
                new MetricRule
                {
                    Name = "late",
                    Kind = MetricKind.Share,
                    IsLowerWorse = false,
                    ToleratedRatio = 1,
                    InferiorRatio = 2,
                    MinimumSamples = 1,
                    Source = new MetricSource.Query(
                        "prom",
                        """late{i=~"{{instances}}"}""",
                        """all{v="{{version}}"}""",
                        TimeSpan.FromSeconds(15)
                    ),
                },
            ],
            judge.Metrics
        );
    }

    [Fact]
    public void A_judge_says_which_metrics_are_judged_by_limits_or_ranks_and_forgives_what_others_do()
    {
        var text = Manifests.Line.With(
            "acceptableErrorRate: 0.02",
            """
            acceptableErrorRate: 0.02
                    latency: {quantile: 0.99}
                    metrics:
                      - {name: cpu, kind: level}
                      - {name: free, kind: level, worse: lower}
                    thresholds:
                      - {metric: errors, limit: 0.01}
                      - {metric: free, limit: -3, goodLimit: 5, every: 30s, checks: 7, failureLimit: 1, inconclusiveLimit: 2, consecutiveErrorLimit: 3}
                    ranks: {metrics: [latency, cpu], critical: [cpu], pass: 80}
            """
        );

        var judge = Assert.Single(Manifests.Accepted(text).Lines).Route[1].Judge;

        Assert.Equal(
            [
                new MetricThresholds
                {
                    Metric = "errors",
                    Limit = 0.01,
                    GoodLimit = 0.01,
                    Every = TimeSpan.FromMinutes(1),
                    Checks = 5,
                    FailureLimit = 0,
                    InconclusiveLimit = 0,
                    ConsecutiveErrorLimit = 4,
                },
                new MetricThresholds
                {
                    Metric = "free",
                    Limit = -3,
                    GoodLimit = 5,
                    Every = TimeSpan.FromSeconds(30),
                    Checks = 7,
                    FailureLimit = 1,
                    InconclusiveLimit = 2,
                    ConsecutiveErrorLimit = 3,
                },
            ],
            judge.Thresholds
        );
        Assert.Equal(["latency", "cpu"], judge.Ranks!.Metrics);
        Assert.Equal(["cpu"], judge.Ranks.Critical);
        Assert.Equal(
            (20, 0.98, 0.25, 75.0, 80.0),
            (
                judge.Ranks.MinimumPoints,
                judge.Ranks.Confidence,
                judge.Ranks.Tolerance,
                judge.Ranks.Marginal,
                judge.Ranks.Pass
            )
        );
        Assert.Empty(StageJudge.PolicyOf(judge, step: null).Mistakes());
    }

    [Fact]
    public void A_line_says_who_boards_and_what_becomes_of_a_late_train()
    {
        var text = Manifests
            .Line.With("cutOff: 10m", "cutOff: 10m\n    minAge: 24h\n    range: <2.0.0")
            .With("zone: Europe/Berlin", "zone: Europe/Berlin\n    missed: catchUp");
        var line = Assert.Single(Manifests.Accepted(text).Lines);

        Assert.Equal(MissedDeparture.CatchUp, line.Timetable.Missed);
        Assert.Equal(TimeSpan.FromDays(1), line.Boarding.MinAge);
        Assert.Equal("<2.0.0", line.Boarding.Range?.Text);
    }

    [Fact]
    public void A_line_has_the_name_of_its_service_unless_it_says_otherwise_and_who_travels_along()
    {
        var service = Assert.Single(Manifests.Accepted(Manifests.Line).Lines).Service;
        var text = Manifests
            .Line.With($"  service: {service}", $"  service: {service}\n  name: fast")
            .With("spec:\n", "spec:\n  coupled: [{service: cart}, {service: mail, optional: true}]\n");
        var (usual, line) = (
            Assert.Single(Manifests.Accepted(Manifests.Line).Lines),
            Assert.Single(Manifests.Accepted(text).Lines)
        );

        Assert.Equal((LineName.Of(service), 0), (usual.Name, usual.Coupled.Length));
        Assert.Equal(("fast", service), (line.Name.Value, line.Service));
        Assert.Equal(
            [
                new CoupledService(ServiceName.Parse("cart"), IsOptional: false),
                new CoupledService(ServiceName.Parse("mail"), IsOptional: true),
            ],
            line.Coupled
        );
        Assert.Equal([service.Value, "cart", "mail"], line.Services.Select(each => each.Value));
        // A service may have both.
        Assert.Equal(2, Manifests.Accepted($"{Manifests.Line}\n---\n{text}").Lines.Length);
    }

    [Fact]
    public void An_approval_says_how_many_and_who_and_for_how_long()
    {
        var text = Manifests
            .Line.With(
                "allowPublisher: true",
                "allowPublisher: true\n        count: 2\n        groups: [payments, on-call]\n        expiresAfter: 24h"
            )
            .With("soak: 1h", "soak: 1h\n      holdAtMost: 48h");
        var prod = Assert.Single(Manifests.Accepted(text).Lines).Route[1];

        Assert.Equal((2, TimeSpan.FromDays(1)), (prod.Approval!.Count, prod.Approval.ExpiresAfter));
        Assert.Equal(["payments", "on-call"], prod.Approval.Groups);
        Assert.Equal(TimeSpan.FromDays(2), prod.HoldAtMost);
    }

    [Fact]
    public void A_webhook_is_named_and_says_when_and_for_how_long_it_is_asked()
    {
        var text = Manifests.Line.With(
            "soak: 1h",
            "soak: 1h\n      webhooks: [{name: load-test, timeout: 30s, every: 5m}, {name: load-test, before: stage}]"
        );
        var prod = Assert.Single(Manifests.Accepted(text).Lines).Route[1];

        Assert.Equal(
            [
                new WebhookGate("load-test", ApprovalPoint.Promotion)
                {
                    Timeout = TimeSpan.FromSeconds(30),
                    Every = TimeSpan.FromMinutes(5),
                },
                new WebhookGate("load-test", ApprovalPoint.Stage)
                {
                    Timeout = TimeSpan.FromSeconds(10),
                    Every = TimeSpan.FromMinutes(1),
                },
            ],
            prod.Webhooks
        );
    }

    [Fact]
    public void A_window_is_read_with_everything_in_it()
    {
        var window = Assert.Single(Manifests.Accepted(Manifests.Window).Windows);

        Assert.Equal(("weekend", WindowEffect.Deny), (window.Name.Value, window.Effect));
        Assert.Equal(["checkoutservice"], window.Services.Select(service => service.Value));
        Assert.Equal(["prod"], window.Stages.Select(stage => stage.Value));
        Assert.Equal([new RecurringPeriod("0 0 17 ? * FRI", TimeSpan.FromHours(63))], window.Recurring);
        var dated = Assert.Single(window.Dated);
        Assert.Equal(("2026-12-20T17:00:00", "2027-01-04T00:00:00"), ($"{dated.From:s}", $"{dated.Until:s}"));
        Assert.Equal((WindowClosing.Hold, "nobody is there"), (window.OnClose, window.Reason));
    }

    [Theory]
    [InlineData("kind: service", "service")]
    [InlineData("kind: daemon", "daemon")]
    [InlineData("kind: batch", "batch, 1 completions, parallelism 1, 3 retries, deadline none")]
    [InlineData(
        "kind: batch\n  batch: {completions: 10, parallelism: 3, retries: 0, deadline: 1h}",
        "batch, 10 completions, parallelism 3, 0 retries, deadline 3600s"
    )]
    public void A_service_has_a_kind(string written, string read)
    {
        var service = Manifests.Accepted(Manifests.SmallService.With("spec:", $"spec:\n  {written}")).Services[0];

        Assert.Equal(read, service.Template.Kind.Line());
    }

    [Fact]
    public void A_service_without_a_kind_is_one_by_count()
    {
        Assert.Equal(new ServiceKind.Service(), Manifests.Accepted(Manifests.Service).Services[0].Template.Kind);
    }

    [Fact]
    public void A_daemon_may_say_that_it_has_one_on_a_host()
    {
        var text = Manifests
            .SmallService.With("spec:", "spec:\n  kind: daemon")
            .With("  template:", "  template:\n    placement: {maxPerHost: 1}");

        Assert.IsType<ServiceKind.Daemon>(Manifests.Accepted(text).Services[0].Template.Kind);
    }

    [Fact]
    public void A_stage_without_a_count_is_left_to_the_kind_of_its_service()
    {
        var line = Manifests.Accepted(Manifests.Line.With("      count: 1\n", "")).Lines[0];

        Assert.Equal(0, line.Route[0].Count);
    }

    [Fact]
    public void A_stage_that_recreates_has_no_surge_and_may_be_without_any_instance()
    {
        var text = Manifests.Line.With("count: 1\n", "count: 2\n      recreate: {readyWithin: 5m, healthyFor: 30s}\n");

        var strategy = Assert.Single(Manifests.Accepted(text).Lines).Route[0].Strategy;

        Assert.Equal(new Exchange.Recreate(), strategy.Exchange);
        Assert.Empty(strategy.Steps);
        Assert.Equal((0, 2), (strategy.MaxSurge, strategy.MaxUnavailable));
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(30)), (strategy.ReadyWithin, strategy.HealthyFor));
    }

    [Fact]
    public void A_blue_green_stage_has_its_count_as_surge_and_may_be_approved_before_the_switch()
    {
        var text = Manifests.Line.With("count: 1\n", "count: 2\n      blueGreen: {bake: 5m}\n      approval: {}\n");

        var stage = Assert.Single(Manifests.Accepted(text).Lines).Route[0];

        Assert.Equal(
            new Exchange.BlueGreen(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10)),
            stage.Strategy.Exchange
        );
        Assert.Equal((2, 0), (stage.Strategy.MaxSurge, stage.Strategy.MaxUnavailable));
        Assert.Equal(ApprovalPoint.Promotion, stage.Approval!.Before);
    }

    [Fact]
    public void A_stage_may_be_promoted_in_waves()
    {
        var text = Manifests.Line.With("count: 1\n", "count: 9\n      waves: {percent: [10, 100], soak: 5m}\n");

        var line = Assert.Single(Manifests.Accepted(text).Lines);

        var waves = Assert.IsType<Exchange.Rolling>(line.Route[0].Strategy.Exchange).Waves!;
        Assert.Equal([10, 100], waves.Percents);
        Assert.Equal(TimeSpan.FromMinutes(5), waves.Soak);
        Assert.Null(Assert.IsType<Exchange.Rolling>(line.Route[1].Strategy.Exchange).Waves);
    }

    [Fact]
    public void A_stage_is_promoted_zone_by_zone_or_by_another_label()
    {
        var text = Manifests.Line.With(
            "count: 1\n",
            "count: 9\n      waves: {by: rack, first: [r2, r1], parallel: 2, soak: 5m}\n"
        );

        var line = Assert.Single(Manifests.Accepted(text).Lines);

        var rolling = Assert.IsType<Exchange.Rolling>(line.Route[0].Strategy.Exchange);
        Assert.Null(rolling.Waves);
        Assert.Equal(("rack", 2), (rolling.Domains.Label, rolling.Domains.Parallel));
        Assert.Equal(["r2", "r1"], rolling.Domains.First);
        Assert.Equal(TimeSpan.FromMinutes(5), rolling.Domains.Soak);
        Assert.Equal(DomainWaves.Zones, Assert.IsType<Exchange.Rolling>(line.Route[1].Strategy.Exchange).Domains);
    }

    [Fact]
    public void What_a_line_leaves_out_has_its_default()
    {
        var text = Manifests.Line.With("  boarding:\n    channel: beta\n    cutOff: 10m\n", "");

        var line = Assert.Single(Manifests.Accepted(text).Lines);

        Assert.Equal(new BoardingRule("stable", TimeSpan.Zero), line.Boarding);
        var staging = line.Route[0];
        Assert.Equal("default", staging.Pool.Value);
        Assert.Empty(staging.Strategy.Steps);
        Assert.Equal((1, 0), (staging.Strategy.MaxSurge, staging.Strategy.MaxUnavailable));
        Assert.Equal(TimeSpan.FromMinutes(2), staging.Strategy.ReadyWithin);
        Assert.Null(staging.Approval);
        Assert.Equal(
            new JudgePolicy
            {
                Alpha = 0.001,
                Beta = 0.05,
                ToleratedRatio = 1,
                AcceptableErrorRate = 0.01,
                Metrics = staging.Judge.Metrics,
                Thresholds = staging.Judge.Thresholds,
            },
            staging.Judge
        );
        Assert.Empty(staging.Judge.Metrics);
        Assert.Empty(staging.Judge.Thresholds);
        Assert.Equal(TimeSpan.Zero, staging.Soak);
        var step = line.Route[1].Strategy.Steps[1];
        Assert.Equal((TimeSpan.FromMinutes(1), 100), (step.Bake, step.MinimumRequests));
        Assert.Equal(TimeSpan.FromMinutes(30), step.JudgeWithin);
    }

    [Theory]
    [InlineData("{instances: 1}", 1, "20")]
    [InlineData("{instances: 1, weight: 0.1}", 1, "0.1")]
    [InlineData("{weight: 30}", 2, "30")]
    [InlineData("{weight: 99.9}", 4, "99.9")]
    [InlineData("{weight: 1e1}", 1, "10")]
    public void A_step_says_instances_or_a_weight_and_the_other_follows(string step, int instances, string weight)
    {
        var read = Assert.Single(StepsOf(step));

        Assert.Equal(
            (instances, decimal.Parse(weight, CultureInfo.InvariantCulture), false),
            (read.Instances, read.WeightPercent, read.IsManual)
        );
    }

    [Fact]
    public void What_follows_is_no_fewer_instances_than_the_step_before_has()
    {
        var steps = StepsOf("{instances: 2, weight: 1}, {weight: 2}, {weight: 75, manual: true}");

        Assert.Equal(
            [(2, 1m, false), (2, 2m, false), (3, 75m, true)],
            steps.Select(step => (step.Instances, step.WeightPercent, step.IsManual))
        );
    }

    private static ImmutableArray<CanaryStep> StepsOf(string steps) =>
        Assert
            .Single(
                Manifests
                    .Accepted(
                        $$$"""
                        apiVersion: orchestrator/v1
                        kind: Line
                        metadata: {service: checkout}
                        spec:
                          timetable: {cron: 0 30 9 ? * MON-FRI, zone: UTC}
                          route:
                            - {stage: prod, count: 4, canary: {steps: [{{{steps}}}]}}
                        """
                    )
                    .Lines
            )
            .Route[0]
            .Strategy.Steps;

    [Fact]
    public void A_pool_is_read_with_everything_in_it()
    {
        var pool = Assert.Single(Manifests.Accepted(Manifests.Pool).Pools);

        Assert.Equal("europe", pool.Name.Value);
        Assert.Equal([new("region", "eu"), new("tier", "1")], pool.Selector);
        Assert.Equal(PoolPreference.BinPack, pool.Preference);
    }

    [Fact]
    public void A_pool_may_say_how_much_its_hosts_have()
    {
        const string Text = """
            apiVersion: orchestrator/v1
            kind: Pool
            metadata: {name: a}
            spec:
              overcommit: {cpu: 1.5, memory: "1.25", disk: 10}
              reserve: {cpu: 500m, memory: 1Gi, disk: 2Gi}
              resources: {licence.oracle: 2, fpga: 1}
            """;

        var pool = Assert.Single(Manifests.Accepted(Text).Pools);

        Assert.Equal(new Overcommit(CpuHundredths: 150, MemoryHundredths: 125, DiskHundredths: 1000), pool.Overcommit);
        Assert.Equal(new Resources(500, 1024) { DiskMebibytes = 2048 }, pool.Reserve);
        Assert.Equal(
            [new NamedCount(ResourceName.Parse("fpga"), 1), new NamedCount(ResourceName.Parse("licence.oracle"), 2)],
            pool.Counts
        );
    }

    [Fact]
    public void A_pool_that_says_nothing_of_its_hosts_has_no_rules()
    {
        var pool = Assert.Single(Manifests.Accepted(Manifests.Pool).Pools);

        Assert.False(pool.HasRules);
    }

    [Fact]
    public void Json_with_tabs_and_escapes_is_read_too()
    {
        const string Text = """
            {
            	"$schema": "./pool.json",
            	"apiVersion": "orchestrator\/v1",
            	"kind": "Pool",
            	"metadata": {"name":"a"},
            	"spec": {"selector": {"region": "\u0065u"}}
            }
            """;

        var pool = Assert.Single(Manifests.Accepted(Text).Pools);

        Assert.Equal("eu", pool.Selector["region"]);
    }

    [Fact]
    public void Empty_documents_comments_and_byte_order_marks_do_not_matter()
    {
        var text = $"\uFEFF---\n# nothing\n---\n{Manifests.Pool.ReplaceLineEndings("\r\n")}\r\n---\r\n...\r\n";

        Assert.Single(Manifests.Accepted(text).Pools);
    }

    [Fact]
    public void The_order_of_files_and_documents_does_not_show()
    {
        var other = Manifests.Version.With("1.2.0", "1.10.0");
        var third = Manifests.Version.With("1.2.0", "1.9.0");

        var forth = Manifests.Accepted(Manifests.Version, other, third).Versions;
        var back = Manifests.Accepted(string.Join("\n---\n", third, other, Manifests.Version)).Versions;

        Assert.Equal(["1.2.0", "1.9.0", "1.10.0"], forth.Select(order => order.Number.ToString()));
        Assert.Equal(forth.Select(order => order.Number), back.Select(order => order.Number));
    }

    [Fact]
    public void Arguments_stay_as_they_were_written()
    {
        var text = Manifests.Service.With("[/app/checkout, --fast]", "[/app/checkout, 8080, 1.10, true, 0x1F]");

        var command = Assert.Single(Manifests.Accepted(text).Services).Template.Command;

        Assert.Equal(["/app/checkout", "8080", "1.10", "true", "0x1F"], command);
    }

    [Theory]
    [InlineData("1.10")]
    [InlineData("0x1F")]
    [InlineData("1e3")]
    [InlineData("yes")]
    [InlineData("true")]
    [InlineData("2026-01-01")]
    [InlineData("007")]
    [InlineData(".5")]
    public void A_variable_stays_as_it_was_written(string value)
    {
        var text = Manifests.Version.With("LEVEL: debug", $"LEVEL: {value}");

        Assert.Equal(value, Assert.Single(Manifests.Accepted(text).Versions).Environment["LEVEL"]);
    }
}
