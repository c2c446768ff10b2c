using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Core;
using Orchestrator.Core.Catalog;
using Orchestrator.Core.Fleet;
using Orchestrator.Core.Judging;
using Orchestrator.Core.Reconciliation;
using Orchestrator.Core.Rollouts;
using Orchestrator.Core.Trains;

namespace Orchestrator.Storage.Tests;

public sealed class StoredJsonTests
{
    private static readonly DateTimeOffset Instant = new(2025, 7, 26, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<Type, bool> Kinds =>
        new MatrixTheoryData<Type, bool>(
            [
                typeof(Pool),
                typeof(Team),
                typeof(Service),
                typeof(ServiceVersion),
                typeof(Line),
                typeof(Train),
                typeof(Rollout),
                typeof(Judgement),
                typeof(KeptReference),
                typeof(Deployment),
                typeof(Host),
                typeof(Instance),
                typeof(Rebalance),
                typeof(RebalanceStep),
            ],
            [false, true]
        );

    public static TheoryData<Type, Type, bool> Cases
    {
        get
        {
            var data = new TheoryData<Type, Type, bool>();
            foreach (var family in Sample.Families)
            {
                foreach (var @case in Sample.CasesOf(family))
                {
                    data.Add(family, @case, false);
                    data.Add(family, @case, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_object_comes_back_as_it_was(Type kind, bool hasNulls)
    {
        var value = Sample.Of(kind, hasNulls);

        var back = RoundTrip(kind, value);

        Assert.Equal(Structure.Of(value), Structure.Of(back));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_of_every_family_comes_back_as_it_was(Type family, Type @case, bool hasNulls)
    {
        var value = Sample.Of(@case, hasNulls);

        var back = RoundTrip(family, value);

        Assert.Equal(Structure.Of(value), Structure.Of(back));
    }

    /// <summary>Else the test above proves nothing.</summary>
    [Fact]
    public void The_families_are_found()
    {
        var cases = Sample.Families.SelectMany(Sample.CasesOf).ToArray();

        Assert.Contains(typeof(RolloutPhase.Paused), cases);
        Assert.Contains(typeof(TrainPhase.Boarding), cases);
        Assert.Contains(typeof(InstancePhase.Draining), cases);
        Assert.DoesNotContain(typeof(ServiceName), cases);
    }

    [Fact]
    public void Every_identifier_is_written_as_its_text()
    {
        var identifiers = typeof(Identifier)
            .Assembly.GetExportedTypes()
            .Where(type => type.BaseType == typeof(Identifier));

        Assert.All(
            identifiers,
            type =>
            {
                var id = Sample.Of(type, hasNulls: false);

                Assert.Equal($"\"{id}\"", Serialize(type, id));
                Assert.Equal(id, RoundTrip(type, id));
            }
        );
    }

    [Fact]
    public void What_is_computed_is_not_stored() =>
        Assert.DoesNotContain("isReady", StoredJson.Serialize(Sample.Of<Instance>()));

    /// <summary>A cell has a hundred thousand trains of the past, which went through few different stages.</summary>
    [Fact]
    public void What_is_stored_alike_is_one_object_when_it_is_read()
    {
        var stage = Sample.Of<Stage>();
        var other = stage with { Count = stage.Count + 1 };
        var train = Sample.Of<Train>() with { Route = [stage, other] };
        var rollout = Sample.Of<Rollout>() with { Stage = stage with { } };

        var first = StoredJson.Deserialize<Train>(StoredJson.Serialize(train));
        var second = StoredJson.Deserialize<Train>(StoredJson.Serialize(train with { Route = [stage with { }] }));
        var third = StoredJson.Deserialize<Rollout>(StoredJson.Serialize(rollout));

        Assert.Same(first.Route[0], second.Route[0]);
        Assert.Same(first.Route[0], third.Stage);
        Assert.Equal(Structure.Of(train), Structure.Of(first));
        Assert.Equal((stage.Count, other.Count), (first.Route[0].Count, first.Route[1].Count));
    }

    [Fact]
    public void More_than_are_remembered_come_back_as_well()
    {
        var stage = Sample.Of<Stage>();
        var different = Enumerable.Range(0, 70_000).Select(count => stage with { Count = count }).ToList();

        var read = different.Select(each => StoredJson.Deserialize<Stage>(StoredJson.Serialize(each)));

        Assert.Equal(different.Select(each => each.Count), read.Select(each => each.Count));
    }

    [Fact]
    public void A_stage_with_a_member_that_nobody_knows_is_refused_wherever_it_stands()
    {
        var text = StoredJson.Serialize(Sample.Of<Train>() with { Route = [Sample.Of<Stage>()] });

        Assert.Throws<JsonException>(() =>
            StoredJson.Deserialize<Train>(text.Replace("\"soak\"", "\"rest\"", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Evidence_that_overflowed_comes_back()
    {
        var finding = Sample.Of<MetricFinding>() with { Worse = double.PositiveInfinity };

        var back = StoredJson.Deserialize<MetricFinding>(StoredJson.Serialize(finding));

        Assert.Equal(finding, back);
    }

    [Theory]
    [InlineData("""["x",0,1,2,3,4,5]""")]
    [InlineData("""["c",0,1,2,3,4]""")]
    [InlineData("""["c",0,"1",2,3,4,5]""")]
    [InlineData("""["c",-1,1,2,3,4,5]""")]
    [InlineData("""["c",0,9223372036854775807,2,3,4,5]""")]
    [InlineData("""["h",0,1,3,[3,1],[]]""")]
    [InlineData("""["h",0,1,2000000000,[],[]]""")]
    [InlineData("""["m",0,1]""")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("7")]
    public void What_is_no_sample_of_a_metric_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => StoredJson.Deserialize<MetricSample>(json));

    [Fact]
    public void Only_buckets_that_are_not_empty_are_written()
    {
        var sample = new MetricSample.Histograms(Instant, Instant.AddSeconds(1), [0, 0, 7, 0], [0, 0, 0, 0]);

        var json = StoredJson.Serialize<MetricSample>(sample);

        Assert.Equal("""["h",638890848000000000,10000000,4,[2,7],[]]""", json);
        Assert.Equal(Structure.Of(sample), Structure.Of(StoredJson.Deserialize<MetricSample>(json)));
    }

    [Fact]
    public void Dictionaries_stay_in_ordinal_order()
    {
        const string json = """{"a":"1","B":"2","-":"3"}""";

        var read = StoredJson.Deserialize<ImmutableSortedDictionary<string, string>>(json);

        Assert.Equal(["-", "B", "a"], read.Keys);
        Assert.Same(StringComparer.Ordinal, read.KeyComparer);
    }

    [Fact]
    public void A_case_is_named_wherever_it_stands_among_the_members() =>
        Assert.Equal(
            new RolloutPhase.RolledBack("bad"),
            StoredJson.Deserialize<RolloutPhase>("""{"reason":"bad","$type":"RolledBack"}""")
        );

    [Fact]
    public void What_was_stored_before_there_were_kinds_is_a_service_by_count()
    {
        var json = JsonNode.Parse(StoredJson.Serialize(Sample.Of<Service>()))!;
        json["template"]!.AsObject().Remove("kind");

        Assert.Equal(new ServiceKind.Service(), StoredJson.Deserialize<Service>(json.ToJsonString()).Template.Kind);
    }

    [Fact]
    public void What_was_stored_before_there_were_other_questions_is_asked_over_HTTP()
    {
        var json = JsonNode.Parse(StoredJson.Serialize(Sample.Of<Service>()))!;
        json["template"]!.AsObject().Remove("liveness");
        json["template"]!["health"]!.AsObject().Remove("question");

        var template = StoredJson.Deserialize<Service>(json.ToJsonString()).Template;

        Assert.Null(template.Liveness);
        Assert.Null(template.Health!.Question);
    }

    [Fact]
    public void A_step_that_was_stored_in_whole_percents_is_read_and_written_as_it_was()
    {
        const string Stored =
            """{"instances":1,"weightPercent":10,"bake":"00:01:00","minimumRequests":100,"judgeWithin":"00:30:00"}""";

        var step = StoredJson.Deserialize<CanaryStep>(Stored);

        Assert.Equal((10m, false), (step.WeightPercent, step.IsManual));
        Assert.Contains("\"weightPercent\":10,", StoredJson.Serialize(step), StringComparison.Ordinal);
        Assert.Equal(
            0.5m,
            StoredJson.Deserialize<CanaryStep>(StoredJson.Serialize(step with { WeightPercent = 0.5m })).WeightPercent
        );
    }

    [Fact]
    public void What_was_stored_before_there_were_batches_has_run_none()
    {
        var json = JsonNode.Parse(StoredJson.Serialize(Sample.Of<Deployment>()))!;
        json.AsObject().Remove("run");

        Assert.Null(StoredJson.Deserialize<Deployment>(json.ToJsonString()).Run);
    }

    [Theory]
    [InlineData("""{"service":"a","range":{"text":"1","intervals":[]},"more":1}""")]
    [InlineData("""{"service":"a"}""")]
    [InlineData("""{"service":null,"range":{"text":"1","intervals":[]}}""")]
    [InlineData("""{"service":"../a","range":{"text":"1","intervals":[]}}""")]
    [InlineData("""{"service":1,"range":{"text":"1","intervals":[]}}""")]
    [InlineData("null")]
    public void What_does_not_fit_is_refused(string json) =>
        Assert.Throws<JsonException>(() => StoredJson.Deserialize<Dependency>(json));

    [Theory]
    [InlineData("""{"metric":0}""")]
    [InlineData("""{"metric":0,"sample":null}""")]
    [InlineData("""{"sample":["c",0,1,2,0,2,0]}""")]
    [InlineData("""{"metric":0,"sample":["c",0,1,2,0,2,0],"more":1}""")]
    public void What_is_no_observation_is_refused(string json) =>
        Assert.Throws<JsonException>(() => StoredJson.Deserialize<MetricObservation>(json));

    [Theory]
    [InlineData("""{"$type":"Nowhere"}""")]
    [InlineData("""{"reason":"bad"}""")]
    public void An_unknown_case_is_refused(string json) =>
        Assert.ThrowsAny<Exception>(() => StoredJson.Deserialize<RolloutPhase>(json));

    [Fact]
    public void An_enum_is_not_a_number() =>
        Assert.Throws<JsonException>(() => StoredJson.Deserialize<ObservedState>("2"));

    private static string Serialize(Type type, object value) =>
        (string)
            typeof(StoredJson).GetMethod(nameof(StoredJson.Serialize))!.MakeGenericMethod(type).Invoke(null, [value])!;

    private static object RoundTrip(Type type, object value) =>
        typeof(StoredJson)
            .GetMethod(nameof(StoredJson.Deserialize))!
            .MakeGenericMethod(type)
            .Invoke(null, [Serialize(type, value)])!;
}
