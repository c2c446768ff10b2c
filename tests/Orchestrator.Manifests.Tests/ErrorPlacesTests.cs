using Orchestrator.Core.Reconciliation;

namespace Orchestrator.Manifests.Tests;

public sealed class ErrorPlacesTests
{
    [Fact]
    public void What_only_the_fleet_shows_to_be_wrong_is_told_with_its_place()
    {
        var accepted = Assert.IsType<ManifestReading.Accepted>(
            Manifests.Read(Manifests.Line, $"{Manifests.Pool}\n---\n{Manifests.Version}")
        );

        var errors = accepted.Places.Locate([
            new RefusedPlace("Version/checkout/1.2.0", "spec", "version_conflict", "No.", "Yes."),
            new RefusedPlace("Pool/europe", "metadata.name", "any", "No.", "Yes."),
            new RefusedPlace("Line/checkout", "spec.route[0].pool", "pool_unknown", "No.", "Yes."),
        ]);

        Assert.Equal(
            [
                "a.yaml:13:7 spec.route[0].pool pool_unknown",
                "b.yaml:4:9 metadata.name any",
                "b.yaml:14:1 spec version_conflict",
            ],
            errors.Select(error => $"{error.File}:{error.Line}:{error.Column} {error.Path} {error.Code}")
        );
    }

    [Fact]
    public void A_file_that_is_too_large_hides_nothing_of_the_others()
    {
        var errors = Manifests.Errors(new string('x', 9 << 20), "kind: Widget");

        Assert.Equal(
            ["a.yaml file_too_large", "b.yaml unknown_kind"],
            errors.Select(error => $"{error.File} {error.Code}")
        );
    }

    [Fact]
    public void Every_mistake_in_every_file_is_told_at_once_each_in_its_place()
    {
        const string First = """
            apiVersion: orchestrator/v1
            kind: Service
            metadata:
              name: ../checkout
            spec:
              template:
                image: checkout:latest
                resources:
                  requests:
                    cpu: zero
                  limits: {memory: 64M}
                prot: 8080
              dependencies:
                - service: cart
                  range: newest
            ---
            apiVersion: orchestrator/v1
            kind: Version
            metadata: {service: checkout, version: 1.10}
            """;
        const string Second = """
            {
              "apiVersion": "orchestrator/v1",
              "kind": "Line",
              "metadata": {"service": "checkout"},
              "spec": {
                "timetable": {"cron": "0 0 9 * *", "zone": "Mars/Olympus"},
                "route": [
                  {"stage": "prod", "count": 0, "canary": {"steps": [{"instances": 1, "weight": 50}, {"instances": 1, "weight": 10}]}},
                  {"stage": "prod", "count": 1}
                ]
              }
            }
            """;

        var errors = Manifests.Errors(First, Second);

        Assert.Equal(
            [
                "a.yaml:3:1 metadata.team missing_field",
                "a.yaml:4:9 metadata.name invalid_name",
                "a.yaml:7:12 spec.template.image image_not_by_digest",
                "a.yaml:9:7 spec.template.resources.requests.memory missing_field",
                "a.yaml:10:14 spec.template.resources.requests.cpu invalid_cpu",
                "a.yaml:11:24 spec.template.resources.limits.memory invalid_memory",
                "a.yaml:12:5 spec.template.prot unknown_field",
                "a.yaml:15:14 spec.dependencies[0].range invalid_range",
                "a.yaml:19:40 metadata.version invalid_version",
                "b.yaml:6:27 spec.timetable.cron invalid_cron",
                "b.yaml:6:48 spec.timetable.zone unknown_zone",
                "b.yaml:8:34 spec.route[0].count out_of_range",
                "b.yaml:8:72 spec.route[0].canary.steps[0].instances more_instances_than_count",
                "b.yaml:8:104 spec.route[0].canary.steps[1].instances more_instances_than_count",
                "b.yaml:8:117 spec.route[0].canary.steps[1].weight weights_not_ascending",
                "b.yaml:9:17 spec.route[1].stage duplicate_stage",
            ],
            errors.Select(error => $"{error.File}:{error.Line}:{error.Column} {error.Path} {error.Code}")
        );
        Assert.All(errors, error => Assert.NotEmpty(error.Message));
        Assert.All(errors, error => Assert.NotEmpty(error.Hint));
    }

    [Fact]
    public void The_place_of_a_second_document_counts_from_the_beginning_of_the_file()
    {
        var error = Manifests.Error($"{Manifests.Pool}\n---\n{Manifests.Version.With("beta", "Beta")}");

        Assert.Equal((15, 12, "spec.channel"), (error.Line, error.Column, error.Path));
    }
}
