"""Every column in which somebody's words may stand, and what becomes of it when a person is erased or a demand's time
of keeping is over. A new column of free text has to be declared here: think first, then choose its list.

`CLEARED`: `privacy.clearing` takes the person's words out of it, or deletes its row; the test proves it.
`WITH_THE_PERSON`: goes with the person's own row. `NOBODYS`: no person who asks is in it; the list says why."""

CLEARED = {
    "cases.Case": {"external_id", "description", "answers", "address", "said_name"},
    "cases.Remark": {"text"},
    "cases.Answer": {"subject", "body"},
    "cases.Publication": {"text"},
    "clocks.Pause": {"reason"},
    "clocks.Extension": {"reason"},
    "clocks.Deadline": {"explanation"},
    "workorders.AreaReport": {"text", "impossible_because", "review_note"},
    "workorders.RemoteOrder": {"last_error"},
    "inbox.Message": {"subject", "body", "details"},
    "inbox.Conversation": {"contact", "address", "said_name", "interview", "comment"},
    "inbox.Handover": {"note"},
    "inbox.Delivery": {"address", "last_error"},
    "questionnaires.Rating": {"comment"},
    "platform.StoredFile": {"name"},
    "platform.Fault": {"reason", "ended_reason"},
    "portal.Draft": {"interview", "access_code"},
    "open311.Media": {"url"},
}
WITH_THE_PERSON = {"citizens.Person": {"name", "document"}, "citizens.ContactPoint": {"value"}}
NOBODYS = {
    # what an agency settled for everybody
    "organization.WorkingCalendar": {"name", "weekly"},
    "organization.Holiday": {"name", "hours"},
    "organization.ApiKey": {"name"},
    "organization.Agency": {"name", "short_name", "hostname", "contact", "mail_from", "warn_fractions"},
    "organization.Area": {"name", "email"},
    "organization.Place": {"name", "address", "opening", "boundary"},
    "organization.Role": {"name"},
    "citizens.PriorityGroup": {"name", "law"},
    "catalog.ServiceGroup": {"name", "summary"},
    "catalog.Service": {
        "name", "summary", "keywords", "who_may_ask", "what_is_needed", "steps", "how_long", "channels", "where",
        "waiting_time", "cost", "legal_basis",
    },
    "catalog.ServiceVersion": {"script"},
    "catalog.Template": {"subject", "body"},
    "clocks.CalendarSnapshot": {"data"},
    "clocks.Deadline": {"warn_fractions"},
    "workorders.RemoteSystem": {"url", "jurisdiction", "service_code", "codes", "secret"},
    "workorders.ResponsibilityRule": {"note"},
    "privacy.RetentionRule": {"law"},
    "inbox.Line": {"name", "off_hours_notice", "closing_notice", "closing_template", "interview"},
    "inbox.Attendant": {"languages"},  # codes alone
    "inbox.Account": {"key", "name", "origins"},
    "inbox.Interview": {"title", "definition", "source"},
    "inbox.CannedReply": {"title", "body", "note"},
    "inbox.ApprovedTemplate": {"name", "header", "body", "footer", "variables", "fillings"},
    "api.Subscription": {"name", "url", "secret", "old_secret"},
    "platform.Revision": {"model", "changes"},  # the history of what is settled
    # about many at once, for everybody to read
    "cases.Incident": {"title", "text", "address", "report"},
    # of those who work there
    "organization.Staff": {"password", "email", "name"},
    "privacy.LegalHold": {"reason"},
    # names and numbers that machines gave
    "platform.StoredFile": {"mime", "sha256"},
    "platform.Event": {"kind", "data"},  # ids and facts, never words: `tests/architecture/test_events.py`
    "platform.ReadLog": {"purpose"},
    "platform.Fault": {"key", "data"},
    "platform.Epoch": {"reason"},
    "inbox.Message": {"key", "provider_id"},
    "inbox.EarlyStatus": {"provider_id", "reason"},
    "workorders.RemoteOrder": {"reference"},
    "workorders.RemoteUpdate": {"update_id"},
    "open311.PostedUpdate": {"update_id"},
    "api.Outgoing": {"kind", "body"},  # what an event said
    "api.Attempt": {"error"},
    "portal.DraftFile": {"question"},
    # its secrets; and what is on its way into the inbox for seconds, or cannot be read and goes after three months
    "whatsapp.MetaApp": {"name", "secret", "verify_token", "graph"},
    "whatsapp.WhatsAppNumber": {"token"},
    "whatsapp.Arrival": {"packed", "reason"},
    "whatsapp.ComingFile": {"media_id", "name"},
    "whatsapp.SentPart": {"provider_id"},
}  # fmt: skip
SHORT = 60  # a CharField below this holds a code
