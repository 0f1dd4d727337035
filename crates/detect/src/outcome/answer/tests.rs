use super::*;
use crate::test_support::{turn, with_session};

/// What is told of the only call of a session.
fn told(tool: &str, arguments: &str, answer: &str) -> Option<Upshot> {
    let known = crate::prose::wordlists::words(arguments);
    let expected = |w: &str| w.len() > 3 && known.iter().any(|k| crate::prose::forms::alike(k, w));
    with_session(&turn("please", &[(tool, arguments, answer)], "Well."), |session| {
        of(&session.calls[0], &expected).map(|s| s.upshot)
    })
}

fn all(expected: Option<Upshot>, cases: &[(&str, &str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(tool, arguments, answer)| (answer, told(tool, arguments, answer)))
        .filter(|(_, told)| *told != expected)
        .collect();
    assert!(wrong.is_empty(), "expected {expected:?}: {wrong:#?}");
}

#[test]
fn the_file_is_read() {
    let lists =
        crate::prose::wordlists::by_language(include_str!("../../../data/answers.yaml")).expect("a readable file");
    assert_eq!(lists.len(), 10);
    assert!(
        lists
            .values()
            .all(|l| ["state", "stage", "yes", "trouble", "failed", "open", "done"].iter().all(|n| l.contains_key(*n)))
    );
}

/// Answers in the forms of widely used APIs, written from their public documentation.
#[test]
fn what_did_not_happen() {
    all(
        Some(Upshot::Failed),
        &[
            // A card charge, an SMS, a package.
            (
                "create_charge",
                "{}",
                r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"do_not_honor"}}"#,
            ),
            (
                "confirm_payment",
                "{}",
                r#"{"id":"pi_3","object":"payment_intent","status":"canceled","last_payment_error":{"code":"expired_card"}}"#,
            ),
            (
                "send_sms",
                "{}",
                r#"{"sid":"SM9","status":"undelivered","error_code":30006,"error_message":"Landline or unreachable carrier"}"#,
            ),
            (
                "capture_order",
                "{}",
                r#"{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"INSTRUMENT_DECLINED"}],"message":"The requested action could not be performed."}"#,
            ),
            ("label_purchase", "{}", r#"{"errors":[{"field":"to_address.zip","message":"is invalid"}]}"#),
            // Clouds and clusters.
            (
                "stop_instances",
                "{}",
                "An error occurred (UnauthorizedOperation) when calling the StopInstances operation: You are not authorized",
            ),
            (
                "put_item",
                "{}",
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#,
            ),
            (
                "apply_manifest",
                "{}",
                r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Forbidden","code":403}"#,
            ),
            ("rollout_restart", "{}", "Error from server (NotFound): deployments.apps \"web\" not found"),
            ("merge_pull", "{}", r#"{"message":"Pull Request is not mergeable","documentation_url":"https://docs"}"#),
            ("upgrade_release", "{}", "Error: UPGRADE FAILED: another operation is in progress"),
            // gRPC, JSON-RPC, GraphQL, OData, SOAP, FHIR.
            ("reserve_seat", "{}", r#"{"code":9,"message":"precondition","status":"FAILED_PRECONDITION"}"#),
            ("wallet_send", "{}", r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params"}}"#),
            (
                "customer_update",
                "{}",
                r#"{"data":{"customerUpdate":{"customer":null,"userErrors":[{"field":["email"],"message":"Email is taken"}]}}}"#,
            ),
            (
                "patch_entity",
                "{}",
                r#"{"error":{"code":"501","message":{"lang":"en","value":"Unsupported functionality"}}}"#,
            ),
            (
                "post_invoice",
                "{}",
                "<s:Envelope><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>Period 06 closed</faultstring></s:Fault></s:Body></s:Envelope>",
            ),
            (
                "create_patient",
                "{}",
                r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"duplicate","diagnostics":"exists"}]}"#,
            ),
            // Business suites.
            (
                "update_account",
                "{}",
                r#"[{"message":"Closed period","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":[]}]"#,
            ),
            (
                "transition_issue",
                "{}",
                r#"{"errorMessages":["It seems that you have tried to perform an illegal workflow operation."],"errors":{}}"#,
            ),
            (
                "goods_receipt",
                "{}",
                r#"{"RETURN":[{"TYPE":"E","ID":"M7","NUMBER":"053","MESSAGE":"Posting only possible in periods 2025/05; not allowed in 06"}]}"#,
            ),
            ("publish_page", "{}", r#"{"page":7,"published":false,"version":3}"#),
            // Databases and shells.
            ("exec_sql", "{}", "ERROR 1062 (23000): Duplicate entry '7' for key 'PRIMARY'"),
            ("update_row", "{}", r#"{"sqlstate":"23505","rowcount":0}"#),
            ("mark_paid", "{}", "UPDATE 0"),
            ("delete_rows", "{}", "0 rows affected"),
            ("update_many", "{}", r#"{"acknowledged":true,"matchedCount":0,"modifiedCount":0}"#),
            ("mount_volume", "{}", "mount: /mnt/b: can't find in /etc/fstab.\nexit status 32"),
            ("lock_user", "{}", "usermod: user 'kara' does not exist"),
            // Things and instruments.
            ("set_thermostat", "{}", r#"{"deviceId":"t9","result":"DEVICE_OFFLINE"}"#),
            ("open_gate", "{}", "CMD open gate=2 RSP NAK"),
            // Other languages and forms.
            ("prolonger_pret", "{}", r#"{"resultat":"refusé","motif":"document réservé"}"#),
            ("reservar_pista", "{}", r#"{"exito":false,"motivo":"pista ocupada"}"#),
            ("termin_buchen", "{}", "Ergebnis: Termin konnte nicht gebucht werden"),
            ("prenota_campo", "{}", "<risposta><esito>KO</esito><causale>campo occupato</causale></risposta>"),
            ("yoyaku", "{}", r#"{"結果":"失敗","理由":"満席"}"#),
            ("rezerwuj", "{}", r#"{"wynik":"odrzucono","powod":"brak miejsc"}"#),
            ("book_court", r#"{"court": 3}"#, "id;court;result\n1;3;REFUSED"),
        ],
    );
}

#[test]
fn what_has_not_happened_yet() {
    all(
        Some(Upshot::Open),
        &[
            ("create_refund", "{}", r#"{"id":"re_1","object":"refund","status":"pending","failure_reason":null}"#),
            ("create_payout", "{}", r#"{"id":"po_1","status":"requires_action","next_action":{"type":"verify"}}"#),
            ("charge_card", "{}", r#"{"id":"ch_1","livemode":false,"paid":true,"status":"succeeded"}"#),
            ("send_message", "{}", r#"{"sid":"SM1","status":"queued","error_code":null}"#),
            ("delete_stack", "{}", r#"{"StackId":"s","StackStatus":"DELETE_IN_PROGRESS"}"#),
            ("start_export", "{}", "HTTP/1.1 202 Accepted\nLocation: /jobs/7"),
            ("apply_manifest", "{}", r#"{"kind":"Deployment","status":{"phase":"Pending"},"dryRun":true}"#),
            ("submit_claim", "{}", r#"{"claim":"C-1","adjudication":{"stage":"MEDICAL_REVIEW"}}"#),
            ("create_invoice", "{}", r#"{"number":"I-1","docstatus":"Draft"}"#),
            ("post_journal", "{}", r#"{"journal":"J1","approvalStatus":"Pending Approval"}"#),
            ("publish_page", "{}", r#"{"page":7,"visible_to_public":false,"released":false}"#),
            ("create_domain", "{}", r#"{"domain":"a.example","verification":{"state":"awaiting_dns"}}"#),
            ("transfer_funds", "{}", r#"{"transfer":"T1","status":"IN_REVIEW","settled":false}"#),
            ("join_course", "{}", r#"{"enrollment":{"status":"waitlisted","position":4}}"#),
            ("issue_permit", "{}", "<permit><no>P-1</no><status>UNDER REVIEW</status></permit>"),
            ("dispatch_order", "{}", "order=O-9 state=BACKORDERED eta=unknown"),
            ("umzug_melden", "{}", r#"{"vorgang":"V1","status":"wartet auf Unterschrift"}"#),
            ("solicitar_baja", "{}", r#"{"expediente":"E1","estado":"en tramitación"}"#),
            ("demander_carte", "{}", r#"{"dossier":"D1","statut":"en attente de validation"}"#),
            ("cambia_piano", "{}", r#"{"pratica":"P1","stato":"in lavorazione"}"#),
            ("wijzig_adres", "{}", r#"{"zaak":"Z1","status":"in behandeling"}"#),
            ("zmien_adres", "{}", r#"{"sprawa":"S1","stan":"oczekuje na zatwierdzenie"}"#),
            ("byt_avtal", "{}", r#"{"arende":"A1","status":"väntar på signering"}"#),
            ("mudar_plano", "{}", r#"{"pedido":"P1","situacao":"aguardando aprovação"}"#),
            ("henkou", "{}", r#"{"受付番号":"U1","状態":"審査中"}"#),
        ],
    );
}

#[test]
fn what_happened_in_part() {
    all(
        Some(Upshot::Part),
        &[
            ("batch_write", "{}", r#"{"processed":22,"UnprocessedItems":[{"id":3},{"id":9}]}"#),
            (
                "put_records",
                "{}",
                r#"{"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","status":"delivered"},{"ErrorCode":"Throttled"}]}"#,
            ),
            ("bulk_index", "{}", r#"{"took":3,"errors":true,"items":[{"status":"created"},{"error":"mapper"}]}"#),
            ("import_contacts", "{}", r#"{"created":40,"failed":2}"#),
            ("send_batch", "{}", r#"{"results":[{"to":"a","status":"sent"},{"to":"b","status":"bounced"}]}"#),
            ("reserve_rooms", r#"{"qty": 5}"#, r#"{"reserved":3,"hotel":"H"}"#),
            ("load_table", "{}", "rows_parsed=900 rows_loaded=880"),
            ("pay_bills", "{}", "bill,result\nB1,PAID\nB2,DECLINED"),
            ("lock_doors", "{}", r#"{"D-1":"locked","D-2":"no response"}"#),
            ("deliver_order", "{}", r#"{"order":"O1","status":"partially_fulfilled"}"#),
            ("bestellung_senden", "{}", r#"{"ergebnis":"teilweise gebucht"}"#),
        ],
    );
}

/// Alarming words in answers that tell a success.
#[test]
fn what_is_done_or_does_not_say() {
    all(
        None,
        &[
            ("decline_invitation", "{}", r#"{"declined":true,"event":"E1"}"#),
            ("set_pool", "{}", r#"{"saved":true,"timeout":30,"failover":true,"fail_fast":true}"#),
            (
                "create_refund",
                "{}",
                r#"{"id":"re_1","status":"succeeded","failure_reason":null,"reason":"fraudulent"}"#,
            ),
            ("charge_card", "{}", r#"{"id":"ch_1","livemode":true,"paid":true,"disputed":false,"failure_code":null}"#),
            ("send_sms", "{}", r#"{"sid":"SM1","status":"delivered","error_code":null,"error_message":null}"#),
            ("reject_claim", "{}", r#"{"claim":"C-1","status":"rejected"}"#),
            ("cancel_order", "{}", r#"{"order":"O","status":"CANCELLED","refundable":false}"#),
            ("set_state", r#"{"state":"blocked"}"#, r#"{"card":"4","state":"blocked"}"#),
            ("close_ticket", "{}", r#"{"id":7,"title":"Payment failed with error 500","status":"closed"}"#),
            ("import_rows", "{}", r#"{"imported":120,"failed":0,"errors":[],"warnings":["3 dates in the future"]}"#),
            ("update_many", "{}", r#"{"acknowledged":true,"matchedCount":4,"modifiedCount":4,"upsertedId":null}"#),
            ("delete_stack", "{}", r#"{"StackStatus":"DELETE_COMPLETE","PreviousStatus":"UPDATE_FAILED"}"#),
            ("restart_service", "{}", "stop: timed out after 30s, killed\nstarted pid 9\nstate=RUNNING"),
            ("send_mail", "{}", "451 greylisted, try again later\n250 2.0.0 Ok: delivered"),
            ("run_migration", "{}", "UPDATE 14\nno errors, 0 failed"),
            ("retry_payment", "{}", r#"{"attempts":[{"previous_status":"declined"}],"status":"paid"}"#),
            (
                "update_patient",
                "{}",
                r#"{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","diagnostics":"updated"}]}"#,
            ),
            ("wallet_send", "{}", r#"{"jsonrpc":"2.0","id":1,"result":{"txid":"ab"}}"#),
            ("customer_update", "{}", r#"{"data":{"customerUpdate":{"customer":{"id":"7"},"userErrors":[]}}}"#),
            ("post_invoice", "{}", r#"<r><code>0</code><error/><status>POSTED</status></r>"#),
            (
                "goods_receipt",
                "{}",
                r#"{"RETURN":[{"TYPE":"S","ID":"M7","NUMBER":"060","MESSAGE":"Document posted"}]}"#,
            ),
            ("set_alarm", "{}", r#"{"alarm":"fire","armed":true,"fault":"none","trouble":0}"#),
            ("create_issue", "{}", r#"{"id":9,"key":"A-1","locked":false,"draft":false,"closed_at":null}"#),
            ("book_room", "{}", r#"{"booking":"B1","status":"confirmed","cancellation":"not refundable"}"#),
            ("extend_rental", "{}", r#"{"due":"2025-07-18","late":false,"penalty":0,"denied":false}"#),
            ("adresse_aendern", "{}", r#"{"ergebnis":"geändert","fehler":"keine","alte_adresse":"ungültig"}"#),
            ("renouveler_pret", "{}", r#"{"statut":"renouvelé","ancien_statut":"refusé","erreurs":[]}"#),
            ("reservar_pista", "{}", r#"{"estado":"confirmada","intentos_anteriores":["rechazada"],"error":0}"#),
            ("verleng_kaart", "{}", r#"{"verlengd":true,"afgekeurd":[],"opmerking":"vorige aanvraag was afgewezen"}"#),
            ("boka_tid", "{}", r#"{"utfall":"bokad","tidigare":{"utfall":"nekad"}}"#),
            ("yoyaku", "{}", r#"{"結果":"成功","エラー":null,"前回":"失敗"}"#),
            ("zmien_adres", "{}", r#"{"blad":"","odrzucono":false,"wynik":"zmieniono"}"#),
            ("move_stock", "{}", "mat;bin;delta;err\n55;B1;-40;\n55;C3;40;"),
            ("set_price", "{}", r#"{"sku":"error-mug","price":404,"currency":"usd"}"#),
            ("upsert_contact", "{}", r#"{"created":false,"updated":true,"id":7}"#),
            ("place_order", "{}", r#"{"order":"O1","placed":true,"delivered":false,"invoiced":false}"#),
            ("add_note", "{}", r#"{"ok":true,"note":"customer says payment failed"}"#),
        ],
    );
}

/// The bracket behind a count is none of it.
#[test]
fn a_count_of_no_errors_is_no_failure() {
    for answer in ["OK (rows=6 errors=0)", "done [errors=0]", "errors=0, rows=6"] {
        assert_eq!(told("import_list", "{}", answer), None, "{answer}");
    }
    assert_eq!(told("import_list", "{}", "(rows=6 errors=two)"), Some(Upshot::Failed));
}
