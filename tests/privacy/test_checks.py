"""What `manage.py check` refuses, with one broken model or declaration for each code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import Error
from django.db import connections, models
from django.test.utils import isolate_apps

from kaizo.core.tenancy import FreezableModel, Purpose, TenantForeignKey, TenantModel
from privacy import api, checks
from privacy.checks import database
from privacy.checks.tasks import task_messages
from privacy.models import Subject
from privacy.registry import DeclarationError, Registry
from tests.database import owner_connection

GOES = api.Personal("contact.email")


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with isolate_apps("privacy"):
        yield


@pytest.fixture
def registry() -> Registry:
    return Registry()


def note_model(**attributes: Any) -> type[models.Model]:
    """A sound model about a customer, but for what `attributes` replace."""
    fields = {
        "__module__": "privacy.models",
        "subject": models.ForeignKey(Subject, on_delete=models.CASCADE),
        "email": models.CharField(max_length=9),
    }
    return type("Note", (models.Model,), {**fields, **attributes})


def declared(registry: Registry, model: type[models.Model], **words: Any) -> list[Error]:
    """The complaints about `model`, soundly declared but for what `words` replace."""
    values = {
        "subject": [api.Via("subject", "customer")],
        "purposes": {Purpose.SERVICE},
        "retention": api.Rule("ticket_content"),
        "fields": {"email": GOES},
    }
    registry.declare(model, **(values | words))
    return list(checks.messages(registry, [model]))


def codes(errors: list[Error]) -> list[str]:
    return [str(error.id).removeprefix("privacy.") for error in errors]


def test_the_product_passes_its_own_checks() -> None:
    assert checks.check_declarations(None) == []
    assert checks.check_tasks(None) == []


def test_a_sound_model_passes(registry: Registry) -> None:
    assert declared(registry, note_model()) == []


def test_e001_an_undeclared_model_is_told_what_to_write(registry: Registry) -> None:
    [error] = checks.messages(registry, [note_model()])
    assert error.id == "privacy.E001"
    assert "In privacy/personal_data.py write declare(Note," in error.hint
    assert '"email": …' in error.hint


def test_e001_covers_the_hidden_table_of_a_many_to_many(registry: Registry) -> None:
    model = note_model(others=models.ManyToManyField(Subject, related_name="+"))
    through = model._meta.get_field("others").remote_field.through
    assert codes(list(checks.messages(registry, [through]))) == ["E001"]


def test_unmanaged_models_are_nobodys_business(registry: Registry) -> None:
    meta = type("Meta", (), {"managed": False})
    assert list(checks.messages(registry, [note_model(Meta=meta)])) == []


@pytest.mark.parametrize(
    "field",
    [
        models.TextField(),
        models.JSONField(),
        models.FileField(),
        models.ManyToManyField(Subject, related_name="+"),
    ],
)
def test_e002_every_kind_of_field_must_be_declared(
    registry: Registry, field: models.Field[Any, Any]
) -> None:
    [error] = declared(registry, note_model(extra=field))
    assert error.id == "privacy.E002"
    assert "'extra' is not declared" in error.msg
    assert '"extra": Personal(' in error.hint


def test_e003_a_declared_field_must_exist(registry: Registry) -> None:
    assert codes(declared(registry, note_model(), fields={"email": GOES, "gone": GOES})) == ["E003"]


@pytest.mark.promise("KM-01-04")
@pytest.mark.parametrize(
    "attributes",
    [
        {"subject": None, "email": models.EmailField()},
        {"subject": None, "ip": models.GenericIPAddressField()},
        {"subject": None, "photo": models.FileField()},
        {},
        {"subject": models.ForeignKey(get_user_model(), on_delete=models.CASCADE)},
    ],
)
def test_e004_no_personal_data_is_refuted_by_the_structure(
    registry: Registry, attributes: dict[str, Any]
) -> None:
    model = note_model(**attributes)
    registry.no_personal_data(model, "just numbers")
    assert codes(list(checks.messages(registry, [model]))) == ["E004"]


def test_e004_a_row_that_hangs_on_a_persons_row_is_about_the_person(registry: Registry) -> None:
    note = note_model()
    declared(registry, note)
    attributes = {
        "__module__": "privacy.models",
        "note": models.ForeignKey(note, on_delete=models.CASCADE),
    }
    line = type("Line", (models.Model,), attributes)
    registry.no_personal_data(line, "just numbers")
    [error] = checks.messages(registry, [line])
    assert error.id == "privacy.E004"


def test_no_personal_data_stands_where_nothing_refutes_it(registry: Registry) -> None:
    model = note_model(subject=None, email=models.CharField(max_length=9))
    registry.no_personal_data(model, "a colour")
    assert list(checks.messages(registry, [model])) == []


@pytest.mark.parametrize(
    "ways",
    [
        [],
        [api.Via("nowhere", "customer")],
        [api.Via("email", "customer")],
        [api.Via("subject__organisation", "customer")],
        [api.Via("subject", "user")],
        [api.Via("self", "customer")],
        [api.Via("nowhere", "customer", by_value=True)],
    ],
)
def test_e005_a_path_must_lead_to_the_person(registry: Registry, ways: list[api.Via]) -> None:
    assert codes(declared(registry, note_model(), subject=ways)) == ["E005"]


@pytest.mark.parametrize(
    ("field", "strategy"),
    [
        (models.TextField(), api.Null()),
        (models.CharField(max_length=9, unique=True), api.Blank()),
        (models.IntegerField(), api.Blank()),
        (models.IntegerField(), api.Surrogate()),
        (models.TextField(), api.Shred()),
        (models.IntegerField(), api.RedactSpans()),
        (models.TextField(), api.DeleteFile()),
        (models.FileField(), api.RowGoes()),
    ],
)
def test_e006_a_strategy_must_be_possible(
    registry: Registry, field: models.Field[Any, Any], strategy: api.Strategy
) -> None:
    fields = {"email": api.Personal("contact.email", erase=strategy)}
    errors = declared(registry, note_model(email=field), fields=fields)
    assert codes(errors) == ["E006"]
    assert type(strategy).__name__ in errors[0].msg


@pytest.mark.parametrize(
    ("field", "strategy"),
    [
        (models.TextField(null=True), api.Null()),
        (models.TextField(), api.Blank()),
        (models.CharField(max_length=99, unique=True), api.Surrogate()),
        (api.EncryptedField(), api.Shred()),
        (models.TextField(), api.RedactSpans()),
        (models.FileField(), api.DeleteFile()),
        (models.DateField(), api.Generalise("month")),
        (models.TextField(), api.Keep("for the record")),
    ],
)
def test_e006_possible_strategies_pass(
    registry: Registry, field: models.Field[Any, Any], strategy: api.Strategy
) -> None:
    fields = {"email": api.Personal("contact.email", erase=strategy)}
    assert declared(registry, note_model(email=field), fields=fields) == []


def test_e006_a_row_that_stays_cannot_take_its_fields_along(registry: Registry) -> None:
    ways = [api.Via("subject", "customer", on_erase="unlink")]
    nullable = models.ForeignKey(Subject, null=True, on_delete=models.SET_NULL)
    errors = declared(registry, note_model(subject=nullable), subject=ways, row="unlink")
    assert codes(errors) == ["E006"]


@pytest.mark.promise("KZ-06-03")
@pytest.mark.promise("KU-04-01")
@pytest.mark.parametrize(
    "words",
    [
        {"purposes": set()},
        {"purposes": {"curiosity"}},
        {"retention": api.Rule("for_ever")},
        {"retention": api.Rule("ticket_content", trigger="email")},
        {"retention": api.Rule("ticket_content", trigger="subject__nowhere")},
        {
            "fields": {
                "email": api.Personal("contact.email", erase=api.Keep("law", rule="for_ever"))
            }
        },
    ],
)
def test_e007_purpose_and_retention_must_be_known(
    registry: Registry, words: dict[str, Any]
) -> None:
    assert codes(declared(registry, note_model(), **words)) == ["E007"]


def test_e007_a_trigger_may_be_on_another_row(registry: Registry) -> None:
    rule = api.Rule("ticket_content", trigger="subject__created_at")
    assert declared(registry, note_model(), retention=rule) == []


@pytest.mark.parametrize(
    ("on_erase", "key"),
    [
        ("unlink", {"on_delete": models.CASCADE, "null": True}),
        ("unlink", {"on_delete": models.PROTECT, "null": True}),
        ("keep", {"on_delete": models.CASCADE}),
        ("delete", {"on_delete": models.SET_NULL, "null": True}),
    ],
)
def test_e008_what_the_key_does_must_not_contradict(
    registry: Registry, on_erase: Any, key: dict[str, Any]
) -> None:
    kept = {"email": api.Personal("contact.email", erase=api.Blank())}
    ways = [api.Via("subject", "customer", on_erase=on_erase)]
    model = note_model(subject=models.ForeignKey(Subject, **key))
    assert codes(declared(registry, model, subject=ways, fields=kept)) == ["E008"]


def test_e009_a_json_field_must_say_what_may_be_in_it(registry: Registry) -> None:
    model = note_model(email=models.JSONField())
    assert codes(declared(registry, model)) == ["E009"]


@pytest.mark.parametrize("words", [{"keys": ("address",)}, {"free_text": True}])
def test_e009_keys_or_free_text_are_an_answer(registry: Registry, words: dict[str, Any]) -> None:
    fields = {"email": api.Personal("contact.email", **words)}
    assert declared(registry, note_model(email=models.JSONField()), fields=fields) == []


def test_e011_a_key_between_tenants_tables_must_bind_the_organisation(registry: Registry) -> None:
    loose = {
        "__module__": "privacy.models",
        "subject": models.ForeignKey(Subject, on_delete=models.CASCADE),
    }
    bound = {
        "__module__": "privacy.models",
        "subject": TenantForeignKey(Subject, on_delete=models.CASCADE),
    }
    registry_errors = [
        codes(declared(Registry(), type(name, (FreezableModel,), keys), fields={}))
        for name, keys in (("Loose", loose), ("Bound", bound))
    ]
    assert registry_errors == [["E011"], []]


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["default", "vault"])
def test_e011_every_tenants_table_of_the_live_database_is_guarded(alias: str) -> None:
    assert list(database.messages(alias)) == []


@pytest.mark.django_db
def test_e011_an_unguarded_table_of_the_live_database_is_named_with_its_faults() -> None:
    name = str(connections["default"].settings_dict["NAME"])
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE unguarded (id int PRIMARY KEY, organisation_id bigint);"
            "CREATE TABLE crossing (id int, organisation_id bigint,"
            " other int REFERENCES unguarded, PRIMARY KEY (organisation_id, id))"
        )
        try:
            complaints = " ".join(message.msg for message in database.messages("default"))
        finally:
            cursor.execute("DROP TABLE crossing, unguarded")

    assert "unguarded in 'default'" in complaints
    for fault in ("enabled and forced", "policy for SELECT", "policy for DELETE", "primary key"):
        assert fault in complaints
    assert "foreign key crossing_other_fkey leaves the organisation out" in complaints


def test_e012_tasks_take_ids_only() -> None:
    def sound(self: object, *, organisation_id: int, ticket_ids: list[int], again: bool) -> None:
        """Only says which."""

    def leaks(*, organisation_id: int, email: str, payload: dict[str, str]) -> None:
        """Says whose."""

    assert list(task_messages("sound", sound)) == []
    assert [error.id for error in task_messages("leaks", leaks)] == ["privacy.E012"] * 2


def test_e013_a_sensitive_field_must_be_encrypted(registry: Registry) -> None:
    fields = {"email": api.Personal("contact.email", sensitive=True)}
    assert codes(declared(Registry(), note_model(), fields=fields)) == ["E013"]


def test_e013_encryption_satisfies(registry: Registry) -> None:
    fields = {"email": api.Personal("contact.email", sensitive=True)}
    assert declared(registry, note_model(email=api.EncryptedField()), fields=fields) == []


def test_e014_a_derived_store_must_be_registered(registry: Registry) -> None:
    assert codes(declared(registry, note_model(), derived=["search.words"])) == ["E014"]


def test_e014_registering_the_store_satisfies(registry: Registry) -> None:
    registry.register_store("search.words", "redacted words")
    assert declared(registry, note_model(), derived=["search.words"]) == []


def test_a_declaration_that_makes_no_sense_is_refused_at_once(registry: Registry) -> None:
    with pytest.raises(DeclarationError, match="Unknown category"):
        api.Personal("secrets")
    with pytest.raises(DeclarationError, match="reason"):
        api.NotPersonal(" ")
    with pytest.raises(DeclarationError, match="reason"):
        api.Keep("")
    model = note_model()
    registry.no_personal_data(model, "a colour")
    with pytest.raises(DeclarationError, match="twice"):
        registry.no_personal_data(model, "a colour")


def test_e015_what_is_frozen_with_somebody_must_be_freezable() -> None:
    keys = {
        "__module__": "privacy.models",
        "subject": TenantForeignKey(Subject, on_delete=models.CASCADE),
    }
    stiff, soft = (
        type(name, (base,), dict(keys))
        for name, base in (("Stiff", TenantModel), ("Soft", FreezableModel))
    )
    never = [api.Via("subject", "customer", freezes=False)]
    assert codes(declared(Registry(), stiff, fields={})) == ["E015"]
    assert codes(declared(Registry(), stiff, fields={}, subject=never)) == []
    assert codes(declared(Registry(), soft, fields={})) == []


@pytest.mark.django_db
def test_e015_a_table_without_the_policy_is_named() -> None:
    """A column of that name alone freezes nothing."""
    name = str(connections["default"].settings_dict["NAME"])
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE melted (restricted boolean)")
        try:
            found = list(database.messages("default"))
        finally:
            cursor.execute("DROP TABLE melted")
    assert {(error.id, "melted" in error.msg) for error in found} == {
        ("privacy.E015", True),
        ("privacy.W016", True),  # nor has it a model
    }
