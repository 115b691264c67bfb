/**
 * The types of Order Fulfillment's API. Made from docs/contract/order-fulfillment.openapi.json by `pnpm write-docs`; not edited.
 */
export interface paths {
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read all figures in the text format of Prometheus
         * @description Scope: `metrics:read`.
         */
        get: operations["readMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List fulfillments, newest first
         * @description With status, acknowledged=true or settledBefore a page looks through 2,000 fulfillments at most. So it may be short, or empty, though more follow: the list ends where nextCursor is null.
         *
         *     Scope: `fulfillment:read`.
         */
        get: operations["listFulfillments"];
        put?: never;
        /**
         * Ask for the fulfillment of an order
         * @description 202: accepted, the outcome is published; 200: all lines are settled already.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["requestFulfillment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for several fulfillments in one call
         * @description Each item means exactly what the single call means; the results stand in the order of the items, each with the status and body of the single call.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["requestFulfillments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What this service offers beside the basics
         * @description Scope: `fulfillment:read`.
         */
        get: operations["readCapabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/{fulfillmentId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a fulfillment
         * @description Scope: `fulfillment:read`.
         */
        get: operations["readFulfillment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/lookup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look up what became of orders
         * @description In the order of the order ids. Of an order with very many fulfillments the newest are shown.
         *
         *     Scope: `fulfillment:read`.
         */
        post: operations["lookUpFulfillments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/acknowledgements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say which outcomes are known
         * @description The results stand in the order of the items. ahead: the fulfillment has no such version yet.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["acknowledgeFulfillments"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/{fulfillmentId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a fulfillment off before it is complete
         * @description What is open is withdrawn, what was delivered is taken back. 202: a provider must still tell; the end is published. A provider that does not take back what it delivered leaves the fulfillment completed or partial.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["cancelFulfillment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/{fulfillmentId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take delivered lines back
         * @description 202: a provider must still tell; the end is published. A line whose provider refuses stays fulfilled, with the reason revoke_refused.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["revokeFulfillment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/{fulfillmentId}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Wait with a fulfillment that nobody has begun
         * @description Scope: `fulfillment:write`.
         */
        post: operations["holdFulfillment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/fulfillments/{fulfillmentId}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Go on with a fulfillment that is on hold
         * @description With a start time that lies ahead it is scheduled as before, and FulfillmentReleased is published when it goes on. The body may be left out.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["releaseFulfillment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{orderId}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo everything that was asked for an order
         * @description Also for an order that is not known here: a request for it, or for these lines of it, that comes later is refused with order_revoked. 202: something is still under way.
         *
         *     Scope: `fulfillment:write`.
         */
        post: operations["revokeOrder"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/orders/{orderId}/personal-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Erase what was sent about a person with an order
         * @description Takes e-mail address and name of the customer, metadata, and details of lines out of all fulfillments of the order. Ids, outcomes and history stay. A request that is repeated under a key of before is refused afterwards, for it can no longer be compared.
         *
         *     Scope: `fulfillment:write`.
         */
        delete: operations["eraseOrderPersonalData"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List clients by id
         * @description Scope: `clients:admin`.
         */
        get: operations["listClients"];
        put?: never;
        /**
         * Add a client
         * @description It counts at once here, and within 5 s on every other instance.
         *
         *     Scope: `clients:admin`.
         */
        post: operations["addClient"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{clientId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a client
         * @description Scope: `clients:admin`.
         */
        get: operations["readClient"];
        put?: never;
        post?: never;
        /**
         * Remove a client
         * @description It can no longer call. Its fulfillments go on, and are there again for a client that is added under the same id.
         *
         *     Scope: `clients:admin`.
         */
        delete: operations["removeClient"];
        options?: never;
        head?: never;
        /**
         * Change a client
         * @description Each field that is there replaces the whole of what was there before; null takes a limit or filter away.
         *
         *     Scope: `clients:admin`.
         */
        patch: operations["changeClient"];
        trace?: never;
    };
    "/v1/clients/{clientId}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a key
         * @description It holds beside the others: to change a key, add the new one, then give the old one an end.
         *
         *     Scope: `clients:admin`.
         */
        post: operations["addKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/clients/{clientId}/keys/{keyid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a key at once
         * @description Scope: `clients:admin`.
         */
        delete: operations["removeKey"];
        options?: never;
        head?: never;
        /**
         * Say when a key ends
         * @description Scope: `clients:admin`.
         */
        patch: operations["endKey"];
        trace?: never;
    };
    "/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List dead letters of all kinds, the oldest first
         * @description Scope: `dlq:read`.
         */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count dead letters by kind, queue, reason, type and handler
         * @description Scope: `dlq:read`.
         */
        get: operations["countDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letters/{letterId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one dead letter: why, where, every recorded attempt, and where it does not fit the catalogue
         * @description Scope: `dlq:read`.
         */
        get: operations["readDeadLetter"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List runs, the newest first
         * @description Scope: `dlq:read`.
         */
        get: operations["listDeadLetterRuns"];
        put?: never;
        /**
         * Redrive or discard one dead letter, some, or all, at a rate
         * @description Scope: `dlq:write`.
         */
        post: operations["beginDeadLetterRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs/{runId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how far a run is
         * @description Scope: `dlq:read`.
         */
        get: operations["readDeadLetterRun"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dead-letter-runs/{runId}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a run after its present batch; what it has done stays done
         * @description Scope: `dlq:write`.
         */
        post: operations["stopDeadLetterRun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search the acts of people, newest first
         * @description All conditions must hold. Acts are kept for seven years.
         *
         *     Scope: `admin`.
         */
        get: operations["searchAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hold every event of the log against its seal and its digest
         * @description Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings, signaturesJudged }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.
         *
         *     Scope: `admin`.
         */
        get: operations["verifyLog"];
        put?: never;
        /**
         * The same, and hold the log against signed heads that were kept elsewhere
         * @description Changes nothing. A kept head finds a log that was cut off, or written anew together with its seals and the heads in its database. Server-sent events: "progress" { seals, ofSeals, events }, "finding" { kind, seal, eventId, position, differs, text }, and at the end "verified" { seals, events, gone, unsealed, unprovable, heads, findings, signaturesJudged }. A stream that ends without "verified" has not seen the whole log. It ends after 15 minutes: a log that takes longer is verified by audit:verify.
         *
         *     Scope: `admin`.
         */
        post: operations["verifyLogByHeads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/callbacks/lms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Callback of the LMS
         * @description Signed as Standard Webhooks says; no token.
         *
         *     Needs no token.
         */
        post: operations["tellOfEnrolment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** BatchResults */
        BatchResults: {
            results: {
                status: number;
                replayed?: boolean;
                body: components["schemas"]["Fulfillment"] | {
                    type: string;
                    title: string;
                    status: number;
                    detail?: string;
                    instance: string;
                    code: string;
                    requestId: string;
                    retryable: boolean;
                    errors?: {
                        path: string;
                        message: string;
                    }[];
                };
            }[];
        };
        /** Capabilities */
        Capabilities: {
            /** @description Null when there are no batches. */
            batch: {
                maxItems: number;
            } | null;
            /** @description What can be done with a fulfillment after it was accepted. */
            lifecycle: string[];
            /** @description Ways for a client to prove who it is. */
            authentication: string[];
        };
        /**
         * Client
         * @description A client. Secrets are never shown.
         */
        Client: {
            clientId: string;
            authentication: {
                /** @enum {string} */
                type: "oauth";
                subject: string;
            } | {
                /** @enum {string} */
                type: "signature";
                keys: {
                    keyid: string;
                    /** @enum {string} */
                    alg: "hmac-sha256" | "ed25519";
                    publicKey?: string;
                    /** Format: date-time */
                    createdAt: string;
                    /** Format: date-time */
                    notAfter?: string;
                }[];
            };
            scopes: string[];
            providers: {
                default?: string;
                byKind: {
                    [key: string]: string;
                };
                bySku: {
                    [key: string]: string;
                };
            };
            rateLimit: {
                requestsPerSecond: number;
                burst: number;
            } | null;
            eventFilter: {
                [key: string]: unknown;
            } | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** Fulfillment */
        Fulfillment: {
            /** Format: uuid */
            fulfillmentId: string;
            clientId: string;
            orderId: string;
            orderNumber: number;
            /** @enum {string} */
            status: "scheduled" | "on_hold" | "accepted" | "in_progress" | "cancelling" | "completed" | "partial" | "failed" | "cancelled" | "revoked";
            version: number;
            acknowledgedVersion?: number;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            updatedAt: string;
            /** Format: date-time */
            startAt?: string;
            /** Format: date-time */
            notAfter?: string;
            reason?: {
                code: string;
                message?: string;
            };
            lines: {
                lineId: string;
                sku: string;
                quantity: number;
                provider: string;
                /** @enum {string} */
                status: "pending" | "in_progress" | "fulfilled" | "failed" | "cancelled" | "revoking" | "revoked";
                reason?: {
                    code: string;
                    message?: string;
                };
                reference?: string;
                tracking?: {
                    carrier: string;
                    trackingNumber: string;
                };
            }[];
        };
        /** FulfillmentRequest */
        FulfillmentRequest: {
            orderId: string;
            orderNumber: number;
            customer: {
                id: string;
                email?: string;
                name?: string;
            };
            lines: {
                lineId: string;
                sku: string;
                quantity: number;
                kind?: string;
                details?: {
                    [key: string]: unknown;
                };
                /**
                 * @description This line is asked for once more, on purpose. Without it, a line of an order that is already requested or delivered is refused with line_already_requested, whatever the key.
                 * @enum {boolean}
                 */
                repeat?: true;
            }[];
            /**
             * Format: date-time
             * @description Nothing is begun before; until then the fulfillment is scheduled. One that has passed counts as none.
             */
            startAt?: string;
            /**
             * Format: date-time
             * @description From then on nothing new is begun, and nothing that is held or scheduled: lines that were not begun, and lines that this service itself has not done, fail with deadline_passed. What another system was asked for by then is left to its outcome.
             */
            notAfter?: string;
            metadata?: {
                [key: string]: unknown;
            };
        };
        /** NewClient */
        NewClient: {
            /** @description The name under which its fulfillments are kept; it never changes. */
            clientId: string;
            authentication: {
                /** @enum {string} */
                type: "oauth";
                /** @description The claim "sub" of its tokens. */
                subject: string;
            } | {
                /** @enum {string} */
                type: "signature";
                keys: ({
                    /** @description Names the key in a signature; unique over all clients, and of no meaning. */
                    keyid: string;
                    /** @enum {string} */
                    alg: "hmac-sha256";
                    /**
                     * Format: date-time
                     * @description From then on the key does not count; left out: no end.
                     */
                    notAfter?: string;
                    /** @description Base64 or base64url of 32 to 128 random bytes. It is kept encrypted and never shown. */
                    secret: string;
                } | {
                    /** @description Names the key in a signature; unique over all clients, and of no meaning. */
                    keyid: string;
                    /** @enum {string} */
                    alg: "ed25519";
                    /**
                     * Format: date-time
                     * @description From then on the key does not count; left out: no end.
                     */
                    notAfter?: string;
                    /** @description Base64 of the 32 bytes, or SPKI PEM. */
                    publicKey: string;
                })[];
            };
            /**
             * @description The most that it may do. With none it may do nothing.
             * @default [
             *       "fulfillment:read",
             *       "fulfillment:write"
             *     ]
             */
            scopes: string[];
            /**
             * @description Which provider delivers a line: that of its sku, else that of its kind, else the default. A list of names means: the first is the default, and each delivers the kind of its own name.
             * @default {}
             */
            providers: {
                default?: string;
                byKind?: {
                    [key: string]: string;
                };
                bySku?: {
                    [key: string]: string;
                };
            } | string[];
            /**
             * @description null: the default of the service.
             * @default null
             */
            rateLimit: {
                requestsPerSecond: number;
                /** @description Requests at once after a rest; those of one second when left out. */
                burst?: number;
            } | null;
            /**
             * @description Which of its events are published: an EventBridge pattern over source, detail-type and detail; null for all.
             * @default null
             */
            eventFilter: {
                [key: string]: unknown;
            } | null;
            /** @description Why, for the record of who changed what. */
            reason?: {
                code: string;
                message?: string;
            };
        };
        /** OrderErased */
        OrderErased: {
            orderId: string;
            /** @description Fulfillments of this order. */
            fulfillments: number;
            /** @description How many of them lost something now; 0 when it is repeated. */
            changed: number;
        };
        /** @description A problem of RFC 9457: "code" says which, "type" is a page about it. */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail?: string;
            instance: string;
            code: string;
            requestId: string;
            /** @description True when the same request may succeed later. */
            retryable: boolean;
            errors?: {
                path: string;
                message: string;
            }[];
        };
    };
    responses: {
        /** @description OK */
        Answer200: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "text/event-stream": {
                    /** @enum {string} */
                    event: "progress" | "finding" | "verified";
                    data: string;
                };
            };
        };
        /** @description No Content */
        Answer204: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description body_too_large: The body is too large. */
        BodyTooLarge: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "body_too_large";
                };
            };
        };
        /** @description OK */
        Client200: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Client"];
            };
        };
        /**
         * @description dependency_unavailable: Something that this service needs cannot be reached.
         *     timed_out: The service did not finish in time.
         */
        DependencyUnavailableOrTimedOut: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "dependency_unavailable" | "timed_out";
                };
            };
        };
        /** @description OK */
        Fulfillment200: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Fulfillment"];
            };
        };
        /** @description Accepted */
        Fulfillment202: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Fulfillment"];
            };
        };
        /** @description headers_too_large: The headers are too large. */
        HeadersTooLarge: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "headers_too_large";
                };
            };
        };
        /**
         * @description insufficient_scope: The token does not carry the required scope.
         *     unknown_client: This client is not set up here.
         */
        InsufficientScopeOrUnknownClient: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "insufficient_scope" | "unknown_client";
                };
            };
        };
        /** @description internal_error: Something went wrong on our side. */
        InternalError: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "internal_error";
                };
            };
        };
        /** @description malformed_request: The request cannot be read. */
        MalformedRequest: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         */
        MalformedRequestOrValidationFailed: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     invalid_cursor: The cursor cannot be used here.
         */
        MalformedRequestOrValidationFailedOrInvalidCursor: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "invalid_cursor";
                };
            };
        };
        /**
         * @description malformed_request: The request cannot be read.
         *     validation_failed: The request does not have the expected form.
         *     malformed_json: The body is not acceptable JSON.
         */
        MalformedRequestOrValidationFailedOrMalformedJson: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "malformed_request" | "validation_failed" | "malformed_json";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     client_not_found: There is no such client.
         */
        NotFoundOrClientNotFound: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "client_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     client_not_found: There is no such client.
         *     key_not_found: The client has no such key.
         */
        NotFoundOrClientNotFoundOrKeyNotFound: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "client_not_found" | "key_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     dead_letter_run_not_found: There is no such run.
         */
        NotFoundOrDeadLetterRunNotFound: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "dead_letter_run_not_found";
                };
            };
        };
        /**
         * @description not_found: There is nothing here.
         *     fulfillment_not_found: There is no such fulfillment.
         */
        NotFoundOrFulfillmentNotFound: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "not_found" | "fulfillment_not_found";
                };
            };
        };
        /**
         * @description overloaded: The service has all the work it can take.
         *     rate_limited: Too many requests from this client.
         */
        OverloadedOrRateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "overloaded" | "rate_limited";
                };
            };
        };
        /** @description rate_limited: Too many requests from this client. */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "rate_limited";
                };
            };
        };
        /** @description request_timeout: The request did not arrive in time. */
        RequestTimeout: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "request_timeout";
                };
            };
        };
        /**
         * @description unauthenticated: A valid access token is required.
         *     signature_invalid: The signature cannot be accepted.
         */
        UnauthenticatedOrSignatureInvalid: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unauthenticated" | "signature_invalid";
                };
            };
        };
        /** @description unknown_provider: There is no such provider. */
        UnknownProvider: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unknown_provider";
                };
            };
        };
        /** @description unsupported_media_type: The body must be JSON. */
        UnsupportedMediaType: {
            headers: {
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "unsupported_media_type";
                };
            };
        };
        /** @description verification_running: The log is being verified already. */
        VerificationRunning: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {string} */
                    code?: "verification_running";
                };
            };
        };
    };
    parameters: {
        /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
        "Idempotency-Key": string;
        /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
        "X-Causation-Id": string;
        /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
        "X-Correlation-Id": string;
        /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
        "X-Session-Id": string;
        clientId: string;
        cursor: string;
        fulfillmentId: string;
        keyid: string;
        /** @description Items on a page at most. */
        limit: number;
        /** @description The reason in words. */
        message: string;
        orderId: string;
        /** @description Why, for the record of who changed what. */
        reason: string;
        runId: string;
        /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
        traceparent: string;
    };
    requestBodies: never;
    headers: {
        /** @description Only there when this is the first answer again. */
        "Idempotency-Replayed": "true";
        /** @description Path of what was made. */
        Location: string;
        /** @description Only for clients with a rate limit: requests that may follow at once (r), and the seconds until all are back (t). */
        RateLimit: string;
        /** @description Only for clients with a rate limit: requests at once (q), and the seconds in which they come back (w). */
        "RateLimit-Policy": string;
        /** @description Seconds to wait before the same request is sent again. */
        "Retry-After": number;
        /** @description What is wrong with the token, or which scope it lacks. */
        "WWW-Authenticate": string;
        /** @description The one that was sent, or the one that was made. */
        "X-Correlation-Id": string;
        /** @description Names this request in the log of the service. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readMetrics: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listFulfillments: {
        parameters: {
            query?: {
                orderId?: string;
                status?: "scheduled" | "on_hold" | "accepted" | "in_progress" | "cancelling" | "completed" | "partial" | "failed" | "cancelled" | "revoked";
                /** @description false: settled ones whose latest version the client has not acknowledged, oldest first. true: those whose latest version it has. */
                acknowledged?: "true" | "false";
                /** @description Only settled ones that have not changed since. */
                settledBefore?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: string;
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Fulfillment"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    requestFulfillment: {
        parameters: {
            query?: never;
            header: {
                /** @description New for each request, such as a UUID; the same key with the same body gets the first answer again. */
                "Idempotency-Key": string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FulfillmentRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fulfillment"];
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Fulfillment"];
                };
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             *     idempotency_key_required: The header Idempotency-Key is required.
             */
            400: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json" | "idempotency_key_required";
                    };
                };
            };
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            /**
             * @description insufficient_scope: The token does not carry the required scope.
             *     unknown_client: This client is not set up here.
             *     unknown_client: This client is not set up here.
             */
            403: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "insufficient_scope" | "unknown_client";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            /**
             * @description request_in_progress: A request with this Idempotency-Key is still being worked on.
             *     line_already_requested: Some of the lines are requested or delivered already.
             *     too_many_open_fulfillments: Too many fulfillments of this order are open.
             */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "request_in_progress" | "line_already_requested" | "too_many_open_fulfillments";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /**
             * @description idempotency_key_reused: This Idempotency-Key was used for another request.
             *     no_provider: Nobody can deliver some of the lines.
             *     deadline_passed: The deadline of the request has passed.
             *     start_after_deadline: The start lies behind the deadline.
             *     order_revoked: Some of the lines were revoked.
             *     request_too_large: The request is too large to be told about.
             */
            422: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "idempotency_key_reused" | "no_provider" | "deadline_passed" | "start_after_deadline" | "order_revoked" | "request_too_large";
                    };
                };
            };
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    requestFulfillments: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    items: {
                        idempotencyKey: string;
                        /** Format: uuid */
                        correlationId?: string;
                        /** Format: uuid */
                        causationId?: string;
                        traceparent?: string;
                        request: components["schemas"]["FulfillmentRequest"];
                    }[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readCapabilities: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capabilities"];
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readFulfillment: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                fulfillmentId: components["parameters"]["fulfillmentId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Fulfillment200"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrFulfillmentNotFound"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    lookUpFulfillments: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    orderIds: string[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            orderId: string;
                            /** @description Empty when none is known. */
                            fulfillments: components["schemas"]["Fulfillment"][];
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    acknowledgeFulfillments: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    items: {
                        /** Format: uuid */
                        fulfillmentId: string;
                        version: number;
                    }[];
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        results: {
                            /** Format: uuid */
                            fulfillmentId: string;
                            /** @enum {string} */
                            result: "acknowledged" | "unknown" | "ahead";
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    cancelFulfillment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                fulfillmentId: components["parameters"]["fulfillmentId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Fulfillment200"];
            202: components["responses"]["Fulfillment202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrFulfillmentNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description already_settled: The fulfillment has its outcome already. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "already_settled";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    revokeFulfillment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                fulfillmentId: components["parameters"]["fulfillmentId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Left out: all that were delivered. */
                    lines?: string[];
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Fulfillment200"];
            202: components["responses"]["Fulfillment202"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrFulfillmentNotFound"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description not_settled: The fulfillment is still open.
             *     not_fulfilled: Some of the lines were not delivered.
             */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_settled" | "not_fulfilled";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description unknown_line: The fulfillment has no such line. */
            422: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "unknown_line";
                    };
                };
            };
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    holdFulfillment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                fulfillmentId: components["parameters"]["fulfillmentId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Fulfillment200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrFulfillmentNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description already_begun: The fulfillment has been begun, or may have been. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "already_begun";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    releaseFulfillment: {
        parameters: {
            query?: never;
            header?: {
                /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                fulfillmentId: components["parameters"]["fulfillmentId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never> | null;
            };
        };
        responses: {
            200: components["responses"]["Fulfillment200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrFulfillmentNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description not_on_hold: The fulfillment is not on hold. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_on_hold";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    revokeOrder: {
        parameters: {
            query?: never;
            header?: {
                /** @description Taken, and not needed: the same wish again is answered with the state that was reached. */
                "Idempotency-Key"?: components["parameters"]["Idempotency-Key"];
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Left out: the whole order. */
                    lines?: string[];
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        orderId: string;
                        /** @description The lines that were named; null for the whole order. */
                        lines: string[] | null;
                        fulfillments: components["schemas"]["Fulfillment"][];
                    };
                };
            };
            /** @description Accepted */
            202: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        orderId: string;
                        /** @description The lines that were named; null for the whole order. */
                        lines: string[] | null;
                        fulfillments: components["schemas"]["Fulfillment"][];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            /** @description not_found: There is nothing here. */
            404: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["OverloadedOrRateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    eraseOrderPersonalData: {
        parameters: {
            query?: {
                /** @description Why, for the record of who changed what. */
                reason?: components["parameters"]["reason"];
                /** @description The reason in words. */
                message?: components["parameters"]["message"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                orderId: components["parameters"]["orderId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderErased"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            /**
             * @description not_found: There is nothing here.
             *     order_not_found: Nothing is known of this order.
             */
            404: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "order_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description order_under_way: Something of this order is still under way. */
            409: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "order_under_way";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listClients: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Client"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    addClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewClient"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location: components["headers"]["Location"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Client"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description client_exists: There is a client with this id.
             *     key_exists: There is a key with this keyid.
             *     subject_in_use: Another client has this subject.
             */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "client_exists" | "key_exists" | "subject_in_use";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnknownProvider"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Client200"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFound"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    removeClient: {
        parameters: {
            query?: {
                /** @description Why, for the record of who changed what. */
                reason?: components["parameters"]["reason"];
                /** @description The reason in words. */
                message?: components["parameters"]["message"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: components["responses"]["Answer204"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFound"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    changeClient: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description With this the client no longer signs: its keys are removed. */
                    authentication?: {
                        /** @enum {string} */
                        type: "oauth";
                        /** @description The claim "sub" of its tokens. */
                        subject: string;
                    };
                    /** @description The most that it may do. With none it may do nothing. */
                    scopes?: string[];
                    /** @description Which provider delivers a line: that of its sku, else that of its kind, else the default. A list of names means: the first is the default, and each delivers the kind of its own name. */
                    providers?: {
                        default?: string;
                        byKind?: {
                            [key: string]: string;
                        };
                        bySku?: {
                            [key: string]: string;
                        };
                    } | string[];
                    /** @description null: the default of the service. */
                    rateLimit?: {
                        requestsPerSecond: number;
                        /** @description Requests at once after a rest; those of one second when left out. */
                        burst?: number;
                    } | null;
                    /** @description Which of its events are published: an EventBridge pattern over source, detail-type and detail; null for all. */
                    eventFilter?: {
                        [key: string]: unknown;
                    } | null;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Client200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description subject_in_use: Another client has this subject. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "subject_in_use";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["UnknownProvider"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    addKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Names the key in a signature; unique over all clients, and of no meaning. */
                    keyid: string;
                    /** @enum {string} */
                    alg: "hmac-sha256";
                    /**
                     * Format: date-time
                     * @description From then on the key does not count; left out: no end.
                     */
                    notAfter?: string;
                    /** @description Base64 or base64url of 32 to 128 random bytes. It is kept encrypted and never shown. */
                    secret: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        code: string;
                        message?: string;
                    };
                } | {
                    /** @description Names the key in a signature; unique over all clients, and of no meaning. */
                    keyid: string;
                    /** @enum {string} */
                    alg: "ed25519";
                    /**
                     * Format: date-time
                     * @description From then on the key does not count; left out: no end.
                     */
                    notAfter?: string;
                    /** @description Base64 of the 32 bytes, or SPKI PEM. */
                    publicKey: string;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Client"];
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFound"];
            408: components["responses"]["RequestTimeout"];
            /**
             * @description key_exists: There is a key with this keyid.
             *     client_does_not_sign: This client authenticates with tokens.
             *     too_many_keys: The client has as many keys as a client can have.
             */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "key_exists" | "client_does_not_sign" | "too_many_keys";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    removeKey: {
        parameters: {
            query?: {
                /** @description Why, for the record of who changed what. */
                reason?: components["parameters"]["reason"];
                /** @description The reason in words. */
                message?: components["parameters"]["message"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
                keyid: components["parameters"]["keyid"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: components["responses"]["Answer204"];
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFoundOrKeyNotFound"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    endKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                clientId: components["parameters"]["clientId"];
                keyid: components["parameters"]["keyid"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description null: no end. */
                    notAfter: string | null;
                    /** @description Why, for the record of who changed what. */
                    reason?: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            200: components["responses"]["Client200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrClientNotFoundOrKeyNotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listDeadLetters: {
        parameters: {
            query?: {
                /** @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused. */
                kind?: "work" | "publish" | "rule-target" | "queue";
                /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                reason?: string;
                /** @description Type of the event. */
                type?: string;
                /** @description Which handler gave up; only of work. */
                handler?: string;
                /** @description In which queue it lies; only of messages. */
                queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                /** @description Dead before this time. */
                before?: string;
                /** @description Dead at this time or later. */
                since?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            id: string;
                            /**
                             * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                             * @enum {string}
                             */
                            kind: "work" | "publish" | "rule-target" | "queue";
                            queue: string | null;
                            /**
                             * Format: date-time
                             * @description Since when: a message was sent then, an event given up or refused first.
                             */
                            at: string;
                            reason: string;
                            detail: string;
                            eventId: string | null;
                            eventType: string | null;
                            handler: string | null;
                            /** @description What the event is about, such as the order; null for what is not in the log. */
                            subject: string | null;
                            /** @description Deliveries that were refused, attempts of the handler, or attempts of AWS. */
                            attempts: number;
                        }[];
                        nextCursor: string | null;
                        queues: {
                            /** @enum {string} */
                            kind: "rule-target" | "queue";
                            /** @description dead: what the consumer did not take. undelivered: what did not reach the queue of the consumer. uncopied: own events that did not reach the copy of the bus. undecrypted, replica-undecrypted: own events that the bus, or its copy, could not encrypt or decrypt. order-updates, dispute-updates, fulfillment-events: what the consumer did not take from this topic of Kafka. */
                            queue: string;
                            /** @description When somebody looked into the queue last; null before the first look. */
                            lookedAt: string | null;
                            /** @description That look came to the end of the queue. */
                            isComplete: boolean;
                            /** @description For how long a message stays in it; null before this process has looked. */
                            retentionSeconds: number | null;
                            /** @description Why it could not be looked into; null when it could. */
                            fault: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    countDeadLetters: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /**
                             * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                             * @enum {string}
                             */
                            kind: "work" | "publish" | "rule-target" | "queue";
                            queue: string | null;
                            reason: string;
                            eventType: string | null;
                            handler: string | null;
                            count: number;
                            /** Format: date-time */
                            oldest: string;
                        }[];
                        total: number;
                        queues: {
                            /** @enum {string} */
                            kind: "rule-target" | "queue";
                            /** @description dead: what the consumer did not take. undelivered: what did not reach the queue of the consumer. uncopied: own events that did not reach the copy of the bus. undecrypted, replica-undecrypted: own events that the bus, or its copy, could not encrypt or decrypt. order-updates, dispute-updates, fulfillment-events: what the consumer did not take from this topic of Kafka. */
                            queue: string;
                            /** @description When somebody looked into the queue last; null before the first look. */
                            lookedAt: string | null;
                            /** @description That look came to the end of the queue. */
                            isComplete: boolean;
                            /** @description For how long a message stays in it; null before this process has looked. */
                            retentionSeconds: number | null;
                            /** @description Why it could not be looked into; null when it could. */
                            fault: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readDeadLetter: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                letterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /**
                         * @description queue: a message that the consumer did not take; rule-target: an event that EventBridge could not bring to where it belongs; work: a handler gave up; publish: an own event that the bus refused.
                         * @enum {string}
                         */
                        kind: "work" | "publish" | "rule-target" | "queue";
                        queue: string | null;
                        /**
                         * Format: date-time
                         * @description Since when: a message was sent then, an event given up or refused first.
                         */
                        at: string;
                        reason: string;
                        detail: string;
                        eventId: string | null;
                        eventType: string | null;
                        handler: string | null;
                        /** @description What the event is about, such as the order; null for what is not in the log. */
                        subject: string | null;
                        /** @description Deliveries that were refused, attempts of the handler, or attempts of AWS. */
                        attempts: number;
                        attemptsRecorded: {
                            /** Format: date-time */
                            at: string;
                            attempt: number;
                            code: string;
                            message: string;
                            handler: string | null;
                        }[];
                        /** @description Of the message: of a rule target what AWS wrote, such as RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE, EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS. */
                        attributes: {
                            [key: string]: string;
                        };
                        /** @description The message, or the event as JSON; null when it is gone. */
                        text: string | null;
                        /** @description Where it does not fit the present version of the catalogue. No differences: it fits. */
                        diff: {
                            eventType: string | null;
                            version: string | null;
                            currentVersion: string | null;
                            differences: {
                                path: string;
                                /** @enum {string} */
                                problem: "missing" | "unknown" | "invalid";
                                message: string;
                            }[];
                        } | null;
                        /** @description Of a message: what catalogue and map say of it now. null for what is in the log. */
                        now: {
                            isAccepted: boolean;
                            reason: string | null;
                            detail: string | null;
                        } | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            /**
             * @description not_found: There is nothing here.
             *     dead_letter_not_found: There is no such dead letter.
             */
            404: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "not_found" | "dead_letter_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    listDeadLetterRuns: {
        parameters: {
            query?: {
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            /** Format: uuid */
                            runId: string;
                            /** @enum {string} */
                            act: "redrive" | "discard";
                            /** @description Empty: all. */
                            selection: {
                                kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                                ids?: string[];
                                /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                                reason?: string;
                                /** @description Type of the event. */
                                type?: string;
                                /** @description Which handler gave up; only of work. */
                                handler?: string;
                                /**
                                 * @description In which queue it lies; only of messages.
                                 * @enum {string}
                                 */
                                queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                                /**
                                 * Format: date-time
                                 * @description Dead before this time.
                                 */
                                before?: string;
                                /**
                                 * Format: date-time
                                 * @description Dead at this time or later.
                                 */
                                since?: string;
                                /**
                                 * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                                 * @enum {boolean}
                                 */
                                mended?: true;
                            };
                            rate: number;
                            /** @enum {string} */
                            state: "running" | "stopping" | "done" | "stopped";
                            askedBy: {
                                subject: string;
                                clientId: string;
                            };
                            why: string;
                            /** @description How many were meant when it began; null before they were counted. */
                            toDo: number | null;
                            /** @description Taken into the log, put back on the queue, or due again. */
                            redriven: number;
                            /** @description Were in the log already: nothing was handled again. */
                            known: number;
                            /** @description Refused again; they stay where they are, with the new reason. */
                            refused: number;
                            discarded: number;
                            /** @description Moved back to the queue by SQS. */
                            moved: number;
                            lastError: string | null;
                            /** Format: date-time */
                            startedAt: string;
                            endedAt: string | null;
                        }[];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    beginDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    act: "redrive" | "discard";
                    selection: {
                        /**
                         * @description Everything there is; nothing else stands beside it but mended.
                         * @enum {boolean}
                         */
                        all?: true;
                        kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                        ids?: string[];
                        /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                        reason?: string;
                        /** @description Type of the event. */
                        type?: string;
                        /** @description Which handler gave up; only of work. */
                        handler?: string;
                        /**
                         * @description In which queue it lies; only of messages.
                         * @enum {string}
                         */
                        queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                        /**
                         * Format: date-time
                         * @description Dead before this time.
                         */
                        before?: string;
                        /**
                         * Format: date-time
                         * @description Dead at this time or later.
                         */
                        since?: string;
                        /**
                         * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                         * @enum {boolean}
                         */
                        mended?: true;
                    };
                    /**
                     * @description Dead letters in a second at most.
                     * @default 100
                     */
                    rate?: number;
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location: components["headers"]["Location"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            /** @description dead_letter_not_found: There is no such dead letter. */
            404: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_not_found";
                    };
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description dead_letter_run_under_way: Another run is under way. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_run_under_way";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description dead_letter_selection_unclear: The selection does not say what is meant. */
            422: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_selection_unclear";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    readDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailed"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrDeadLetterRunNotFound"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    stopDeadLetterRun: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path: {
                runId: components["parameters"]["runId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    reason: {
                        code: string;
                        message?: string;
                    };
                };
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: uuid */
                        runId: string;
                        /** @enum {string} */
                        act: "redrive" | "discard";
                        /** @description Empty: all. */
                        selection: {
                            kinds?: ("work" | "publish" | "rule-target" | "queue")[];
                            ids?: string[];
                            /** @description Why: the reason of the consumer, AWS’s code, or the code of the error. */
                            reason?: string;
                            /** @description Type of the event. */
                            type?: string;
                            /** @description Which handler gave up; only of work. */
                            handler?: string;
                            /**
                             * @description In which queue it lies; only of messages.
                             * @enum {string}
                             */
                            queue?: "undelivered" | "uncopied" | "undecrypted" | "replica-undecrypted" | "dead" | "order-updates" | "dispute-updates" | "fulfillment-events";
                            /**
                             * Format: date-time
                             * @description Dead before this time.
                             */
                            before?: string;
                            /**
                             * Format: date-time
                             * @description Dead at this time or later.
                             */
                            since?: string;
                            /**
                             * @description Of messages only those that catalogue and map accept now; the others stay where they are.
                             * @enum {boolean}
                             */
                            mended?: true;
                        };
                        rate: number;
                        /** @enum {string} */
                        state: "running" | "stopping" | "done" | "stopped";
                        askedBy: {
                            subject: string;
                            clientId: string;
                        };
                        why: string;
                        /** @description How many were meant when it began; null before they were counted. */
                        toDo: number | null;
                        /** @description Taken into the log, put back on the queue, or due again. */
                        redriven: number;
                        /** @description Were in the log already: nothing was handled again. */
                        known: number;
                        /** @description Refused again; they stay where they are, with the new reason. */
                        refused: number;
                        discarded: number;
                        /** @description Moved back to the queue by SQS. */
                        moved: number;
                        lastError: string | null;
                        /** Format: date-time */
                        startedAt: string;
                        endedAt: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            404: components["responses"]["NotFoundOrDeadLetterRunNotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description dead_letter_run_over: The run has ended already. */
            409: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dead_letter_run_over";
                    };
                };
            };
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    searchAudit: {
        parameters: {
            query?: {
                /** @description Only acts of this person: the subject of the token. */
                who?: string;
                /** @description Only acts by this client. */
                client?: string;
                /** @description Only this act, or all that begin so: dead-letters.redrive, dead-letters.* */
                what?: string;
                /** @description Only acts about this: the id of an order, a product, a client, or whatever else was changed. */
                subject?: string;
                /** @description Only what was recorded then or later. */
                from?: string;
                /** @description Only what was recorded before. */
                to?: string;
                /** @description Items on a page at most. */
                limit?: components["parameters"]["limit"];
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: {
                            eventId: string;
                            /** @example dead-letters.redrive */
                            act: string;
                            /** @description Id of what was changed. */
                            about: string;
                            by: {
                                subject: string;
                                clientId: string;
                            };
                            why: string;
                            details?: {
                                [key: string]: unknown;
                            };
                            /** Format: date-time */
                            recordedAt: string;
                            /** @description The request by which it was done. */
                            correlationId: string;
                        }[];
                        /** @description Of the next page; null at the end. A page may have fewer items than asked for, or none, and yet a next one. */
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["MalformedRequestOrValidationFailedOrInvalidCursor"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    verifyLog: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Answer200"];
            400: components["responses"]["MalformedRequest"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VerificationRunning"];
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    verifyLogByHeads: {
        parameters: {
            query?: never;
            header?: {
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Signed heads of this log that were kept elsewhere than in its database, in any order. */
                    heads: {
                        /**
                         * @description Whose log.
                         * @example order-fulfillment
                         */
                        log: string;
                        seal: number;
                        /** @description Events up to this seal. */
                        total: number;
                        upTo: {
                            epoch: number;
                            txid: number;
                            position: number;
                        };
                        chain: string;
                        /** Format: date-time */
                        at: string;
                        keyId: string;
                        /** @description Ed25519, base64. */
                        signature: string;
                    }[];
                };
            };
        };
        responses: {
            200: components["responses"]["Answer200"];
            400: components["responses"]["MalformedRequestOrValidationFailedOrMalformedJson"];
            401: components["responses"]["UnauthenticatedOrSignatureInvalid"];
            403: components["responses"]["InsufficientScopeOrUnknownClient"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["VerificationRunning"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description heads_of_another_log: These are heads of another log. */
            422: {
                headers: {
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "heads_of_another_log";
                    };
                };
            };
            429: components["responses"]["RateLimited"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["DependencyUnavailableOrTimedOut"];
        };
    };
    tellOfEnrolment: {
        parameters: {
            query?: never;
            header: {
                /** @description Of the message, the same when it is sent again. */
                "webhook-id": string;
                /** @description Unix seconds, not more than five minutes from now. */
                "webhook-timestamp": string;
                /** @description v1, and the base64 of HMAC-SHA256 over {webhook-id}.{webhook-timestamp}.{raw body}; several are separated by a space. */
                "webhook-signature": string;
                /** @description A UUID that joins everything that follows from this request; made when it is missing or no UUID. */
                "X-Correlation-Id"?: components["parameters"]["X-Correlation-Id"];
                /** @description The event of the caller that made this request, a UUID; the first event here names it as its cause. Passed over when it is no UUID. */
                "X-Causation-Id"?: components["parameters"]["X-Causation-Id"];
                /** @description The session of the user, 1 to 128 letters, digits and _ . : -; carried in the events. Passed over when it is anything else. */
                "X-Session-Id"?: components["parameters"]["X-Session-Id"];
                /** @description Trace context of W3C; carried in the events. Passed over when it is malformed. */
                traceparent?: components["parameters"]["traceparent"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description enrollment.activated; of any other type nothing follows. */
                    type: string;
                    data: {
                        /** @description The reference of the enrolment. */
                        reference: string;
                        /** @description The attribute order_id of the enrolment. */
                        order_id: string;
                        is_active: boolean;
                    } & {
                        [key: string]: unknown;
                    };
                } & {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /**
             * @description malformed_request: The request cannot be read.
             *     validation_failed: The request does not have the expected form.
             *     malformed_json: The body is not acceptable JSON.
             */
            400: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "malformed_request" | "validation_failed" | "malformed_json";
                    };
                };
            };
            /** @description callback_signature_invalid: The signature of the callback cannot be accepted. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "callback_signature_invalid";
                    };
                };
            };
            /** @description request_timeout: The request did not arrive in time. */
            408: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "request_timeout";
                    };
                };
            };
            /** @description body_too_large: The body is too large. */
            413: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "body_too_large";
                    };
                };
            };
            /** @description unsupported_media_type: The body must be JSON. */
            415: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "unsupported_media_type";
                    };
                };
            };
            /** @description headers_too_large: The headers are too large. */
            431: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "headers_too_large";
                    };
                };
            };
            /** @description internal_error: Something went wrong on our side. */
            500: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "internal_error";
                    };
                };
            };
            /**
             * @description dependency_unavailable: Something that this service needs cannot be reached.
             *     timed_out: The service did not finish in time.
             */
            503: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"] & {
                        /** @enum {string} */
                        code?: "dependency_unavailable" | "timed_out";
                    };
                };
            };
        };
    };
}
